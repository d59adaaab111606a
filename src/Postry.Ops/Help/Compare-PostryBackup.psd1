@{
    Synopsis    = 'Shows table by table what a restore would bring back to a live database and what would be lost.'
    Description = @(
        'Compares rows and fingerprints of every table, and every definition, of a backup with a live database: a SQLite file, or a PostgreSQL database that is read in one snapshot. The command only reads.'
        'Properties lists the other differences: for PostgreSQL the values of sequences, large objects (contents, owners, privileges, comments), whether materialised views are populated, versions of extensions, and the database itself (owner, privileges, comment, connection limit, settings, also those of roles in it); for SQLite user_version, application_id and encoding. A sequence is listed even if it has only advanced.'
        '-Latest and -Before select the newest backup even if it is Suspicious, with a warning, because a comparison changes nothing.'
        'NotCompared names objects that no backup of the database contains, such as rows of tables that belong to an extension. If the live database has such rows, Status is not Equal.'
        'NotCompared also names the objects that could not be compared, with the reason. Status is Equal only if everything that the backup may hold was compared and is the same; it is Inconclusive if a part could not be compared.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.DatabaseComparison'
    Parameters  = @{
        InputObject = 'The backups to compare, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Path        = 'The live SQLite database, taken exactly as written; files can be piped in. An id that stands in this place is the id of the backup.'
    }
    Defaults    = @{ Mode = 'auto' }
    Examples    = @(
        @{ Code = 'Compare-PostryBackup -Latest -Path ./app.db'; Text = 'Compares the newest backup with the live database.' }
        @{ Code = '(Get-PostryBackup -Latest | Compare-PostryBackup ./app.db).Tables | Where-Object Difference -NE Equal'; Text = 'Lists only the tables that differ.' }
        @{ Code = '(Compare-PostryBackup -Latest -Path ./app.db).Properties'; Text = 'Lists the differences besides rows and definitions.' }
        @{ Code = 'Compare-PostryBackup -Latest -DatabaseUrl postgresql://app@db.example.org/app'; Text = 'Compares the newest backup of a PostgreSQL database with it; the password is in ~/.pgpass.'; Server = $true }
    )
    Related     = 'Test-PostryBackup', 'Restore-PostryDatabase', 'about_Postry.Ops'
}
