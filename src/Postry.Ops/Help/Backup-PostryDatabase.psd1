@{
    Synopsis    = 'Backs a database up as a signed set that proves its own contents.'
    Description = @(
        'Takes a consistent snapshot while other processes go on writing, counts and fingerprints every table of that same snapshot, stores it so that stock tools open it (gunzip and sqlite3; pg_restore), and signs a manifest over all of it.'
        'The runtime files of the repo root (env files, compose files, alembic.ini, scripts, or what postry.json says) are archived with it, as a tar.gz file with a signed manifest of its own that the database''s manifest names: one recovery set, which is listed, tested and restored together. -NoRuntime leaves them out.'
        'PostgreSQL databases are named with -DatabaseUrl or DATABASE_URL. They are dumped in pg_dump''s directory format, which needs the client programs of a PostgreSQL version that is not older than the server; POSTRY_PG_BIN names their folder where they are not found by themselves. What cannot be backed up whole fails and names the tables.'
        'Rows that pg_dump leaves out by design (tables of extensions that are not marked as configuration, foreign tables) are counted and listed in NotHeld; where they would be lost, the backup warns with the way out.'
        'Where neither -Path nor -DatabaseUrl is given, postry.json is gone by, and a mistake anywhere in it is an error with its line and column. A backup of what is named outright goes on with a warning.'
        'The new backup is compared with the newest good one of the same database. Where no rows are left, or less than the shares that plausibility of postry.json asks for (half of the rows, three quarters of the tables that held rows, half of the size), it is made all the same, warns, and its Status is Suspicious: -Latest does not choose it, nor another one in its place.'
        'BACKUP_METADATA_HMAC_KEY (or -IntegrityKey) must hold the key that signs. Nothing partial is left when it fails or is stopped.'
    )
    Inputs      = 'System.String, System.IO.FileInfo'
    Outputs     = 'Postry.Ops.Engine.Model.BackupSet; with -WhatIf Postry.Ops.Engine.Model.BackupPlan'
    Parameters  = @{
        Path                = 'The SQLite database files. Wildcards are expanded.'
        LiteralPath         = 'The SQLite database files, taken exactly as written.'
        Database            = 'The databases of postry.json to back up, by name; wildcards are expanded, and one that fails does not keep the others from it. Beside -Path or -DatabaseUrl, and where postry.json names no database: the logical name of the database; the file''s name without its extension, or the database''s own name, unless given.'
        Label               = 'Free text kept with the backup, to find it by.'
        Fingerprint         = 'How much of the content to prove: Content hashes every row, RowCount only counts them, None only names the tables. A backup made with RowCount or None can never be called proven. Live (PostgreSQL only) hashes the live tables as well, inside the snapshot that is dumped, and fails where the archive differs.'
        AcceptSmaller       = 'Says that the database is meant to hold much less than in the backup before it. The new backup is Complete and not Suspicious, and later ones are compared with it.'
        NoRuntime           = 'Leaves the runtime files out. The backup says so wherever it is listed.'
        RuntimePath         = 'The runtime files, as patterns relative to the repo root, in place of those that are configured: * and ? stay within a name, ** is any number of folders, and a folder means all that is in it. A pattern that no file fits is listed as missing.'
        ExcludeRuntimePath  = 'Patterns of files that are left out, in place of those that are configured (**/*.example).'
        RequiredRuntimePath = 'Patterns that a file must fit, or the backup fails, in place of those that are configured.'
        Schema              = 'Only these schemas; patterns as pg_dump''s. Such a backup is not whole and says so wherever it is listed, tested or restored.'
        ExcludeSchema       = 'Not these schemas; patterns as pg_dump''s.'
        ExcludeTableData    = 'Not the rows of these tables, which come back empty; patterns as pg_dump''s.'
        Profile             = 'A hosting service whose own schemas, roles and extensions are left out, because nobody but the service can restore them.'
        Compression         = 'How the archive is compressed. Zstd and Lz4 need client programs of version 16 or newer.'
        Jobs                = 'How many tables are dumped at the same time, each over a connection of its own; the number of processors unless given.'
    }
    Defaults    = @{ Mode = 'auto'; Fingerprint = 'Content'; Profile = 'None'; Compression = 'Gzip' }
    Examples    = @(
        @{ Code = 'Backup-PostryDatabase ./app.db'; Text = 'Backs the database up into ./backups.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -Label before-deployment'; Text = 'Gives the backup a label to find it by.' }
        @{ Code = 'Get-ChildItem *.db | Backup-PostryDatabase'; Text = 'Backs up every database of the folder. One that cannot be read is an error of its own and does not keep the others from it.' }
        @{ Code = 'Backup-PostryDatabase -DatabaseUrl postgresql://app@db.example.org/app -Credential (Get-Credential app)'; Text = 'Backs a PostgreSQL database up, after asking for the password.'; Server = $true }
        @{ Code = 'Backup-PostryDatabase -ExcludeTableData public.sessions -Label without-sessions'; Text = 'Backs the PostgreSQL database that DATABASE_URL names up, without the rows of one table.'; Server = $true }
        @{ Code = 'New-PostryConfiguration; Backup-PostryDatabase -Database *'; Text = 'Backs up every database that postry.json names.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -NoRuntime'; Text = 'Backs up the database alone.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -RuntimePath .env, deploy/** -ExcludeRuntimePath deploy/tmp'; Text = 'Says which files are the runtime files.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -AcceptSmaller'; Text = 'Backs the database up after most of its rows were removed on purpose.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -WhatIf'; Text = 'Says what would be done and returns the plan.' }
    )
}
