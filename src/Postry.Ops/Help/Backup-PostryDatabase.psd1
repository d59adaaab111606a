@{
    Synopsis    = 'Backs up a database, and signs a manifest that proves the contents of the backup.'
    Description = @(
        'Takes a consistent snapshot while other processes go on writing. The command counts and fingerprints every table of that snapshot, and stores the snapshot in a format that stock tools can open (gunzip and sqlite3; pg_restore). Then it signs a manifest of all this.'
        'The runtime files of the repo root (env files, compose files, alembic.ini, scripts, or what postry.json says) are archived with the database, as a tar.gz file with its own signed manifest. The two are one backup: they are listed, tested and removed together. -NoRuntime leaves the runtime files out.'
        'PostgreSQL databases are named with -DatabaseUrl or DATABASE_URL. They are dumped in pg_dump''s directory format, which needs the client programs of a PostgreSQL version that is not older than the server; POSTRY_PG_BIN names their folder if they are not found automatically. If a table cannot be read completely, the backup fails and names the table.'
        'Rows that pg_dump leaves out by design (tables of extensions that are not marked as configuration, foreign tables) are counted and listed in NotHeld. If a restore would not bring these rows back, the backup warns and says what to do.'
        'If neither -Path nor -DatabaseUrl is given, the command uses postry.json, and a mistake anywhere in the file is an error with its line and column. With -Path or -DatabaseUrl such a mistake is only a warning.'
        'The new backup is compared with the newest good one of the same database. If no rows are left, or less than the shares in the section plausibility of postry.json, the backup is still made, but the command warns. The default shares are half of the rows, three quarters of the tables that held rows, and half of the size. The Status of such a backup is Suspicious: -Latest then selects neither this backup nor an older one.'
        'Deployed says which version of the application the repo root held: the commit of git with its branch and tags, and the images of the compose file (docs/deployed.md). Tags are those of -Tag, and of the section tags in postry.json. Both are signed with the backup. If they cannot be read, the backup is made without them, and -Verbose says why.'
        'The new backup is then copied to each destination of postry.json (docs/catalog.md), and read back there. Copies has a row for each. A copy that fails undoes nothing, but it is an error (CopyFailed) after the backup has been emitted, so that a job does not look green.'
        'BACKUP_METADATA_HMAC_KEY (or -IntegrityKey) must hold the key that signs the backup. If the command fails or is stopped, it leaves no partial backup.'
    )
    Inputs      = 'System.String, System.IO.FileInfo'
    Outputs     = 'Postry.Ops.Engine.Model.BackupSet; with -WhatIf Postry.Ops.Engine.Model.BackupPlan'
    Parameters  = @{
        Path                = 'The SQLite database files. Wildcards are expanded.'
        LiteralPath         = 'The SQLite database files, taken exactly as written.'
        Database            = 'The databases of postry.json to back up, by name; wildcards are expanded, and if one fails, the others are still backed up. With -Path or -DatabaseUrl, and if postry.json names no database: the logical name of the database; by default the file''s name without its extension, or the database''s own name.'
        Label               = 'Free text kept with the backup, to find it by.'
        Tag                 = 'Tags kept with the backup, to find it by: texts such as version=v2.14, or a hashtable such as @{ version = ''v2.14'' }. They take the place of the same tags in postry.json. A key holds letters, digits, dots, underscores and hyphens; the key git is reserved. A value is a plain text of at most 200 characters; one that looks like a password is refused.'
        Fingerprint         = 'The amount of the content to prove: Content hashes every row, RowCount only counts the rows, None only names the tables. A backup made with RowCount or None can never be called proven. Live (PostgreSQL only) hashes the live tables as well, inside the snapshot that is dumped, and the backup fails if the archive differs.'
        Prune = 'Afterwards tests the backup at level Contents, and if it passes removes the backups and previous copies of this database that no rule of "retention" in postry.json keeps (docs/retention.md). A backup that fails, is Suspicious or does not pass its test prunes nothing, and a warning says so. A prune that fails is a warning, too: the backup is good. -Verbose says what was removed.'
        AcceptSmaller       = 'Confirms that the database is meant to hold much less than in the backup before it. The new backup is Complete and not Suspicious, and later ones are compared with it.'
        SkipSpaceCheck      = 'Goes on where the backup root seems to have too little room. Before anything is written, the free space is compared with the size of the newest good backup of the same database and a tenth more (as much larger as the database has grown since), and for SQLite with the size of the database itself, which is copied before it is compressed. A backup that will not fit fails with NotEnoughSpace. Before a first backup there is only a warning.'
        NoRuntime           = 'Leaves out the runtime files. Lists of backups show this.'
        RuntimePath         = 'The runtime files, as patterns relative to the repo root, instead of the configured ones: * and ? stay within a name, ** is any number of folders, and a folder means everything in it. A pattern that no file matches is listed as missing.'
        ExcludeRuntimePath  = 'Patterns of files to leave out, instead of the configured ones (**/*.example).'
        RequiredRuntimePath = 'Patterns that must each find a file, or the backup fails, instead of the configured ones.'
        Schema              = 'Patterns of the schemas to back up, in the form of pg_dump; all others are left out. Such a backup is not the whole database, and lists, tests and plans show this.'
        ExcludeSchema       = 'Patterns of schemas to leave out, in the form of pg_dump.'
        ExcludeTableData    = 'Patterns of tables whose rows are left out, in the form of pg_dump. A restore creates these tables empty.'
        Profile             = 'The hosting service, whose own schemas, roles and extensions are left out, because only the service can restore them.'
        Compression         = 'The compression of the archive. Zstd and Lz4 need client programs of version 16 or newer.'
        Jobs                = 'The number of tables that are dumped at the same time, each over a connection of its own; by default the number of processors.'
    }
    Defaults    = @{ Mode = 'auto'; Fingerprint = 'Content'; Profile = 'None'; Compression = 'Gzip' }
    Examples    = @(
        @{ Code = 'Backup-PostryDatabase ./app.db'; Text = 'Backs up the database into ./backups.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -Label before-deployment'; Text = 'Gives the backup a label to find it by.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -Tag @{ version = ''v2.14'' }'; Text = 'Gives the backup a tag. Get-PostryBackup -BeforeTag version=v2.14 then lists those that are older.' }
        @{ Code = 'Get-ChildItem *.db | Backup-PostryDatabase'; Text = 'Backs up every database of the folder. A database that cannot be read is an error of its own, and the others are still backed up.' }
        @{ Code = 'Backup-PostryDatabase -DatabaseUrl postgresql://app@db.example.org/app -Credential (Get-Credential app)'; Text = 'Backs up a PostgreSQL database, after asking for the password.'; Server = $true }
        @{ Code = 'Backup-PostryDatabase -ExcludeTableData public.sessions -Label without-sessions'; Text = 'Backs up the PostgreSQL database of DATABASE_URL, without the rows of one table.'; Server = $true }
        @{ Code = 'New-PostryConfiguration; Backup-PostryDatabase -Database *'; Text = 'Backs up every database that postry.json names.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -NoRuntime'; Text = 'Backs up the database alone.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -RuntimePath .env, deploy/** -ExcludeRuntimePath deploy/tmp'; Text = 'Chooses the runtime files.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -AcceptSmaller'; Text = 'Backs up the database after most of its rows were removed on purpose.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -WhatIf'; Text = 'Shows what would be done and returns the plan.' }
    )
    Related     = 'Get-PostryBackup', 'Test-PostryBackup', 'Restore-PostryDatabase', 'Backup-PostryRuntime', 'about_Postry.Ops'
}
