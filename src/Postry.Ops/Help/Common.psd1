@{
    # What parameters mean that several commands share. A command's own file wins.
    Parameters = @{
        RepoRoot        = 'The folder whose databases are looked after. Unless given: BACKUP_REPO_ROOT, else the folder of the nearest postry.json upwards, else the current folder.'
        BackupRoot      = 'The folder that holds the backups. Unless given: POSTRY_BACKUP_ROOT, else backupRoot of postry.json, else "backups" below the repo root.'
        IntegrityKey    = 'The key that signs and verifies, in place of BACKUP_METADATA_HMAC_KEY. Older keys in BACKUP_METADATA_HMAC_KEY_PREVIOUS still verify.'
        Id              = 'The id of the backup, as Get-PostryBackup lists it.'
        BackupFile      = 'The path of the backup''s artefact or of its manifest, inside the backup root or not.'
        Latest          = 'The newest good backup of the database. Where the newest is Suspicious (it holds much less than the one before it), a restore ends with an error that names both candidates, and -Id chooses one. Where backups of several databases fit, name one with -Database.'
        Before          = 'The newest good backup taken before this time, by the rules of -Latest. A time without a zone is local; -Verbose says what it is in UTC.'
        Database        = 'The logical name of the database whose backups are meant. Where postry.json names it and neither -Path nor -DatabaseUrl does, it is also the database to compare with or to restore.'
        DatabaseUrl     = 'The address of a PostgreSQL database: a URL (postgres://, postgresql://, postgresql+driver://), libpq''s keywords (host=... dbname=...) or .NET''s (Host=...;Database=...). A SQLite file may be named as sqlite:///app.db. Where nothing is named, DATABASE_URL counts, else the only database of postry.json. A password in it is typed into the session''s history, so give it with -Credential, in DATABASE_URL, in PGPASSWORD or in ~/.pgpass instead.'
        Credential      = 'Role and password for the PostgreSQL server, in place of those of the address.'
        Mode            = 'The database engine. auto takes it from what is named: -Path is SQLite; -DatabaseUrl or DATABASE_URL is PostgreSQL where it begins with postgres, and SQLite where it begins with sqlite. With a mode, a DATABASE_URL of the other kind does not count.'
        Force           = 'Does not ask. It skips the question, never a refusal.'
        AllowUnverified = 'Restores although the signature cannot be checked because the key was lost. The record says so.'
        BeforeSwap      = 'A command for the system''s shell, run when the backup is staged and verified, for example to stop the application. Where it fails nothing is swapped.'
        AfterSwap       = 'A command for the system''s shell, run after the swap, for example to start the application. Where it fails the restore is undone, as after any failed check.'
        HookTimeout     = 'How many seconds each of the two commands may take. One that has not ended by then is stopped, and has failed.'
        WhatIf          = 'Does nothing, says what would be done, and returns the plan.'
        Confirm         = 'Asks before anything is done. -Confirm:$false, written on this command, is consent; an inherited $ConfirmPreference is not.'
    }
}
