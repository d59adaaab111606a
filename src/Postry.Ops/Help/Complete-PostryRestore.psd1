@{
    Synopsis    = 'Accepts a restore that awaits its verdict.'
    Description = @('A restore awaits its verdict where the process that swapped the backup in died before it was done, or where what went live could not be checked. Every command warns of it until it is accepted here or taken back with Undo-PostryRestore.')
    Inputs      = 'Postry.Ops.Engine.Model.RestoreRecord'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord'
    Parameters  = @{
        InputObject = 'The restores to accept, as Get-PostryRestore emits them.'
        RestoreId   = 'The id of the restore.'
        Latest      = 'The newest restore, of the database that -Path or -DatabaseUrl names where one is given.'
        Path        = 'The SQLite database that was restored, or the repo root whose runtime files were restored alone, taken exactly as written.'
        DatabaseUrl = 'How to reach the server of a PostgreSQL database, for records hold no password; DATABASE_URL unless given. With -Latest also which database is meant. The forms are those of Backup-PostryDatabase.'
        WhatIf      = 'Does nothing and says what would be done.'
        Confirm     = 'Asks before anything is done.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRestore | Where-Object Status -EQ AwaitingVerdict | Complete-PostryRestore'; Text = 'Accepts every restore that awaits its verdict.' }
    )
}
