@{
    Synopsis    = 'Says table by table what a restore would bring back to a live database and what it would lose.'
    Description = @(
        'Compares rows and fingerprints of every table, and the schema, of a backup with a live database: a SQLite file, or a PostgreSQL database that is read in one snapshot. It only reads.'
        'What no backup of the database holds, such as rows of tables that belong to an extension, is named in NotCompared, and nothing is called equal where the live database has such rows.'
    )
    Inputs      = 'Postry.Ops.Engine.Catalog.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Comparing.DatabaseComparison'
    Parameters  = @{
        InputObject = 'The backups to compare, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Path        = 'The live SQLite database, taken exactly as written.'
    }
    Defaults    = @{ Mode = 'auto' }
    Examples    = @(
        @{ Code = 'Compare-PostryBackup -Latest -Path ./app.db'; Text = 'Compares the newest backup with the live database.' }
        @{ Code = '(Get-PostryBackup -Latest | Compare-PostryBackup ./app.db).Tables | Where-Object Difference -NE Equal'; Text = 'Lists only the tables that differ.' }
        @{ Code = 'Compare-PostryBackup -Latest -DatabaseUrl postgresql://app@db.example.org/app'; Text = 'Compares the newest backup of a PostgreSQL database with it; the password is in ~/.pgpass.'; Server = $true }
    )
}
