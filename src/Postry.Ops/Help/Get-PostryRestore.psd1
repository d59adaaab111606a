@{
    Synopsis    = 'Lists the records of restores, newest first.'
    Description = @('A record holds the backup, the target, the status (Committed, Undone, AwaitingVerdict, Failed, InProgress), the duration, the data of the live database that the backup does not hold, the path of the previous copy, and the changes to the runtime files.')
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord'
    Parameters  = @{
        RestoreId   = 'The ids of the restores to list. An unknown id is an error.'
        Path        = 'Lists only restores of this SQLite database, or of the runtime files of this repo root, taken exactly as written.'
        DatabaseUrl = 'Lists only restores of the PostgreSQL database at this address; no connection is made. The forms are those of Backup-PostryDatabase.'
        Latest      = 'Lists only the newest restore that meets the other conditions.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRestore'; Text = 'Lists every restore.' }
        @{ Code = '(Get-PostryRestore -Latest -Path ./app.db).DataLoss.Tables'; Text = 'Shows what the newest restore of that database removed and brought back.' }
    )
    Related     = 'Restore-PostryDatabase', 'Undo-PostryRestore', 'Complete-PostryRestore', 'about_Postry.Ops'
}
