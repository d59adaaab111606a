@{
    Synopsis    = 'Backs a database up as a signed set that proves its own contents.'
    Description = @(
        'Takes a consistent snapshot while other processes go on writing, counts and fingerprints every table of that same snapshot, compresses it into a file that stock gunzip and sqlite3 open, and signs a manifest over all of it.'
        'BACKUP_METADATA_HMAC_KEY (or -IntegrityKey) must hold the key that signs. Nothing partial is left when it fails or is stopped.'
    )
    Inputs      = 'System.String, System.IO.FileInfo'
    Outputs     = 'Postry.Ops.Engine.Catalog.BackupSet; with -WhatIf Postry.Ops.Engine.BackingUp.BackupPlan'
    Parameters  = @{
        Path        = 'The SQLite database files. Wildcards are expanded.'
        LiteralPath = 'The SQLite database files, taken exactly as written.'
        Mode        = 'The database engine. auto takes it from the source.'
        Database    = 'The logical name of the database; the file''s name without its extension unless given.'
        Label       = 'Free text kept with the backup, to find it by.'
        Fingerprint = 'How much of the content to prove: Content hashes every row, RowCount only counts them, None only names the tables. A backup made with RowCount or None can never be called proven.'
    }
    Defaults    = @{ Mode = 'auto'; Fingerprint = 'Content' }
    Examples    = @(
        @{ Code = 'Backup-PostryDatabase ./app.db'; Text = 'Backs the database up into ./backups.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -Label before-deployment'; Text = 'Gives the backup a label to find it by.' }
        @{ Code = 'Get-ChildItem *.db | Backup-PostryDatabase'; Text = 'Backs up every database of the folder. One that cannot be read is an error of its own and does not keep the others from it.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -WhatIf'; Text = 'Says what would be done and returns the plan.' }
    )
}
