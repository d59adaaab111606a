@{
    # What parameters mean that several commands share. A command's own file wins.
    Parameters = @{
        RepoRoot        = 'The folder of the product whose databases are backed up. By default BACKUP_REPO_ROOT, else the folder of the nearest postry.json upwards, else the current folder.'
        BackupRoot      = 'The folder of the backups. By default POSTRY_BACKUP_ROOT, else backupRoot of postry.json, else "backups" below the repo root.'
        IntegrityKey    = 'The key that signs and verifies, instead of BACKUP_METADATA_HMAC_KEY. Older keys in BACKUP_METADATA_HMAC_KEY_PREVIOUS still verify.'
        Id              = 'The id of the backup, as Get-PostryBackup lists it.'
        BackupFile      = 'The path of a backup (its file, or its folder for PostgreSQL) or of its manifest, inside the backup root or outside.'
        Latest          = 'Selects the newest good backup of the database. If the newest one is Suspicious (it holds much less than the one before it), a restore ends with an error that names both candidates; select one with -Id. If there are backups of several databases, name one with -Database.'
        BeforeTag       = 'With -Latest: selects the newest good backup that is older than the first backup of the database with this tag, such as version=v2.14; git=v2.14 means a tag of git. Wildcards are allowed in the value. If no backup has the tag, this is an error.'
        Before          = 'Selects the newest good backup taken before this time, by the rules of -Latest. A time without a zone is local; -Verbose shows it in UTC.'
        Database        = 'The logical name of the database whose backups are meant. If it is a name in postry.json and neither -Path nor -DatabaseUrl is given, it is also the database to compare with or to restore.'
        DatabaseUrl     = 'The address of a PostgreSQL database: a URL (postgres://, postgresql://, postgresql+driver://), libpq''s keywords (host=... dbname=...) or .NET''s (Host=...;Database=...). A SQLite file may be named as sqlite:///app.db. If no database is named, DATABASE_URL is used, else the only database of postry.json. A password in the URL stays in the session''s history, so give it with -Credential, in DATABASE_URL, in PGPASSWORD or in ~/.pgpass instead.'
        Credential      = 'Role and password for the PostgreSQL server, instead of those of the address.'
        Mode            = 'The database engine. auto takes it from the address: -Path is SQLite; -DatabaseUrl or DATABASE_URL is PostgreSQL if it begins with postgres, and SQLite if it begins with sqlite. With a mode, a DATABASE_URL of the other kind is ignored.'
        Force           = 'Skips the prompt; safety checks still apply.'
        AllowUnverified = 'Restores a backup whose signature cannot be checked, for example because the key was lost. The record of the restore shows this.'
        BeforeSwap      = 'A command for the system''s shell, run after the backup is staged and verified, for example to stop the application. If it fails, nothing is swapped.'
        AfterSwap       = 'A command for the system''s shell, run after the swap, for example to start the application. If it fails, the restore is undone, as after any failed check.'
        HookTimeout     = 'The time limit of each of the two commands: a duration such as 90s or 5m, or a TimeSpan. A command that has not ended by then is stopped, and counts as failed.'
        WaitTimeout     = 'How long to wait for another command that writes to the backup root, or that restores the same database: a duration such as 10m, or a TimeSpan. The progress says which process on which host it waits for, what that does and since when, and Ctrl-C ends the wait. At the deadline the command fails with DatabaseBusy. By default waitTimeout of postry.json, else some seconds (10 minutes for a destination), and not for another host.'
        WhatIf          = 'Changes nothing, shows what would be done, and returns the plan.'
        Confirm         = 'Asks before anything is changed. -Confirm:$false, written on this command, is consent; an inherited $ConfirmPreference is not.'
    }
}
