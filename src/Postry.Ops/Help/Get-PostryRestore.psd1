@{
    Synopsis    = 'Lists the records of restores, newest first.'
    Description = @('A record says what was restored where, how it stands (Committed, Undone, AwaitingVerdict, Failed, InProgress), how long it took, what the live database held that the backup does not, where the previous copy is, and what became of the runtime files.')
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord'
    Parameters  = @{
        RestoreId   = 'The ids of the restores to list. One that is not there is an error.'
        Path        = 'Only restores of this SQLite database, or of the runtime files of this repo root, taken exactly as written.'
        DatabaseUrl = 'Only restores of the PostgreSQL database at this address; no connection is made. The forms are those of Backup-PostryDatabase.'
        Latest      = 'Only the newest restore that fits.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRestore'; Text = 'Lists every restore.' }
        @{ Code = '(Get-PostryRestore -Latest -Path ./app.db).DataLoss.Tables'; Text = 'Shows what the newest restore of that database took away and brought back.' }
    )
}
