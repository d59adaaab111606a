@{
    Synopsis    = 'Backs up the runtime files of the repo root, without a database.'
    Description = @(
        'Archives what git does not hold and a host needs to come back (env files, compose files, alembic.ini, scripts, or what postry.json says) as a standard tar.gz file with a signed manifest, which holds the size, permissions and SHA-256 of every file. Backup-PostryDatabase does the same with each database; this command is for a change to the files alone.'
        'Each file is stored as it was at one moment: one that changes while it is read is read again, and after three tries the backup fails and says which. Sockets, pipes, devices and links that lead out of the repo root are refused by name. Optional patterns that no file fits are listed as missing.'
        'The archive holds secrets as they are. It is readable by its owner only; keep it as safe as the files themselves.'
    )
    Inputs      = 'System.String, System.IO.FileInfo'
    Outputs     = 'Postry.Ops.Engine.Model.BackupSet; with -WhatIf Postry.Ops.Engine.Model.BackupPlan'
    Parameters  = @{
        Path     = 'The files, as patterns relative to the repo root, in place of those that are configured: * and ? stay within a name, ** is any number of folders, and a folder means all that is in it. Files of Get-ChildItem, and objects with a property Path, can be piped in. All that is given goes into one archive.'
        Exclude  = 'Patterns of files that are left out, in place of those that are configured (**/*.example).'
        Required = 'Patterns that a file must fit, or the backup fails, in place of those that are configured.'
        Database = 'The logical name that the archive is kept under; the name of the repo root''s folder unless given.'
        Label    = 'Free text kept with the backup, to find it by.'
    }
    Examples    = @(
        @{ Code = 'Backup-PostryRuntime'; Text = 'Archives the runtime files into ./backups/runtime.' }
        @{ Code = 'Backup-PostryRuntime -Path .env, scripts/** -Exclude scripts/tmp -Required .env -Label before-rotation'; Text = 'Says which files are meant, and fails where there is no .env.' }
        @{ Code = 'Get-ChildItem docker-compose*.yml | Backup-PostryRuntime'; Text = 'Archives the files that were found.' }
        @{ Code = 'Backup-PostryRuntime -WhatIf'; Text = 'Says how many files would be archived, and which patterns no file fits.' }
    )
}
