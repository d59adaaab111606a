@{
    Synopsis    = 'Says table by table what a restore would bring back to a live database and what it would lose.'
    Description = @('Compares rows and fingerprints of every table, and the schema, of a backup with a live database. It only reads.')
    Inputs      = 'Postry.Ops.Engine.Catalog.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Comparing.DatabaseComparison'
    Parameters  = @{
        InputObject = 'The backups to compare, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Path        = 'The live database, taken exactly as written.'
    }
    Examples    = @(
        @{ Code = 'Compare-PostryBackup -Latest -Path ./app.db'; Text = 'Compares the newest backup with the live database.' }
        @{ Code = '(Get-PostryBackup -Latest | Compare-PostryBackup ./app.db).Tables | Where-Object Difference -NE Equal'; Text = 'Lists only the tables that differ.' }
    )
}
