@{
    Synopsis    = 'Writes a first postry.json with comments, made of what is in the folder.'
    Description = @(
        'Looks for DATABASE_URL (in the environment, .env and backend/.env: only whether it is there and of which kind, never its value), PostgreSQL services in docker-compose.yml and compose.yaml, and files that really are SQLite databases. Names what it found, and writes the defaults of everything else.'
        'The file''s JSON schema is written beside it as postry.schema.json, so that editors complete and check it.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Operations.Scaffolding.StarterConfiguration'
    Parameters  = @{
        Path       = 'The folder that gets the file (or the path of postry.json in it), taken exactly as written. Unless given: -RepoRoot, else BACKUP_REPO_ROOT, else the current folder.'
        RepoRoot   = 'The same as -Path.'
        BackupRoot = 'The folder for the backups, which is then written into the file; "backups" unless given.'
        Force      = 'Replaces a postry.json that is there already.'
        WhatIf     = 'Does nothing, says what would be written, and returns it with its text.'
        Confirm    = 'Asks before anything is written.'
    }
    Examples    = @(
        @{ Code = 'New-PostryConfiguration'; Text = 'Writes ./postry.json.' }
        @{ Code = '(New-PostryConfiguration -WhatIf).Text'; Text = 'Shows what would be written.' }
        @{ Code = 'New-PostryConfiguration -Path . -Force'; Text = 'Replaces the one that is there.' }
    )
}
