@{
    Synopsis    = 'Backs up the runtime files of the repo root, without a database.'
    Description = @(
        'Archives the files that git does not hold and that a new host needs (env files, compose files, alembic.ini, scripts, or what postry.json says). The archive is a standard tar.gz file. Its signed manifest holds the size, permissions and SHA-256 of every file. Backup-PostryDatabase does the same with each database; this command is for a change to the files alone.'
        'Each file is stored as it was at one moment: a file that changes while it is read is read again, and after three tries the backup fails and names the file. Sockets, pipes, devices and links that lead out of the repo root are refused by name. Optional patterns that no file matches are listed as missing.'
        'The new backup is then copied to each destination of postry.json (docs/catalog.md), and read back there. Copies has a row for each. A copy that fails undoes nothing, but it is an error (CopyFailed) after the backup has been emitted, so that a job does not look green.'
        'The archive holds secrets as they are. It is readable by its owner only; keep it as safe as the files themselves.'
    )
    Inputs      = 'System.String, System.IO.FileInfo'
    Outputs     = 'Postry.Ops.Engine.Model.BackupSet; with -WhatIf Postry.Ops.Engine.Model.BackupPlan'
    Parameters  = @{
        Path     = 'The files, as patterns relative to the repo root, instead of the configured ones: * and ? stay within a name, ** is any number of folders, and a folder means all that is in it. Files of Get-ChildItem, and objects with a property Path, can be piped in. All of them go into one archive.'
        Exclude  = 'Patterns of files to leave out, instead of the configured ones (**/*.example).'
        Required = 'Patterns that must each find a file, or the backup fails, instead of the configured ones.'
        Database = 'The logical name of the archive; by default the name of the repo root''s folder.'
        SkipSpaceCheck = 'Goes on where the backup root seems to have too little room. Before anything is written, the free space is compared with the size of the newest good archive and a tenth more.'
        Label    = 'Free text kept with the backup, to find it by.'
        Tag      = 'Tags kept with the backup, to find it by: texts such as version=v2.14, or a hashtable such as @{ version = ''v2.14'' }. They take the place of the same tags in postry.json.'
    }
    Examples    = @(
        @{ Code = 'Backup-PostryRuntime'; Text = 'Archives the runtime files into ./backups/runtime.' }
        @{ Code = 'Backup-PostryRuntime -Path .env, scripts/** -Exclude scripts/tmp -Required .env -Label before-rotation'; Text = 'Chooses the files, and fails if there is no .env.' }
        @{ Code = 'Get-ChildItem docker-compose*.yml | Backup-PostryRuntime'; Text = 'Archives the files that were found.' }
        @{ Code = 'Backup-PostryRuntime -WhatIf'; Text = 'Shows how many files would be archived, and which patterns no file matches.' }
    )
    Related     = 'Restore-PostryRuntime', 'Get-PostryBackup', 'Backup-PostryDatabase', 'about_Postry.Ops'
}
