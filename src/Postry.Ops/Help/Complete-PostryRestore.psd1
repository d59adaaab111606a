@{
    Synopsis    = 'Confirms a restore that could not be checked.'
    Description = @('A restore has the status AwaitingVerdict if its process died after the swap, or if the restored database could not be checked. Every command warns of such a restore until you confirm it with this command or undo it with Undo-PostryRestore.')
    Inputs      = 'Postry.Ops.Engine.Model.RestoreRecord'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord'
    Parameters  = @{
        InputObject = 'The restores to confirm, as Get-PostryRestore emits them.'
        RestoreId   = 'The id of the restore. The path of a SQLite database in this place means the newest restore of that database.'
        Latest      = 'Selects the newest restore; with -Path or -DatabaseUrl, the newest of that database.'
        Path        = 'The SQLite database that was restored, or the repo root whose runtime files were restored alone, taken exactly as written.'
        DatabaseUrl = 'The address of the server of a PostgreSQL database, because records hold no password; by default DATABASE_URL. With -Latest it also names the database. The forms are those of Backup-PostryDatabase.'
        WhatIf      = 'Changes nothing and shows what would be done.'
        Confirm     = 'Asks before anything is changed.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRestore | Where-Object Status -EQ AwaitingVerdict | Complete-PostryRestore'; Text = 'Confirms every restore that could not be checked.' }
    )
    Related     = 'Undo-PostryRestore', 'Get-PostryRestore', 'about_Postry.Ops_Errors'
}
