@{
    Synopsis    = 'Writes a first postry.json with comments from the files in the folder.'
    Description = @(
        'Looks for DATABASE_URL in the environment, .env and backend/.env (only whether the variable is set and for which kind of database; its value is never written), PostgreSQL services in docker-compose.yml and compose.yaml, and files that really are SQLite databases. The command writes these into the file, and defaults for everything else.'
        'The file''s JSON schema is written beside it as postry.schema.json, so that editors complete and check it.'
        'A backup needs an integrity key. -NewKeyFile makes one; if no key is set and somebody can be asked, the command offers to make one. Set BACKUP_METADATA_HMAC_KEY_FILE to the path of the file (KeyNote says so), and keep a copy of the file away from the backups. The key itself is never shown.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Operations.Scaffolding.StarterConfiguration'
    Parameters  = @{
        Path       = 'The folder that gets the file (or the path of postry.json in it), taken exactly as written. By default -RepoRoot, else BACKUP_REPO_ROOT, else the current folder.'
        RepoRoot   = 'The same as -Path.'
        BackupRoot = 'The folder of the backups, which is written into the file; by default "backups".'
        Force      = 'Replaces an existing postry.json, but never a key file.'
        NewKeyFile = 'The path of a file that gets a new integrity key. Only its owner can read it. The file must not exist, and must not be in the folder of the backups.'
        WhatIf     = 'Writes nothing, shows what would be written, and returns it with its text.'
        Confirm    = 'Asks before anything is written.'
    }
    Examples    = @(
        @{ Code = 'New-PostryConfiguration'; Text = 'Writes ./postry.json.' }
        @{ Code = '(New-PostryConfiguration -WhatIf).Text'; Text = 'Shows what would be written.' }
        @{ Code = 'New-PostryConfiguration -Force -NewKeyFile ./postry.key'; Text = 'Makes an integrity key as well. Keep the file out of git, and a copy of it away from the backups.' }
        @{ Code = 'New-PostryConfiguration -Path . -Force'; Text = 'Replaces the existing file.' }
    )
    Related     = 'Get-PostryConfiguration', 'Backup-PostryDatabase', 'about_Postry.Ops'
}
