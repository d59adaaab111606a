@{
    Synopsis    = 'Accepts a restore that awaits its verdict.'
    Description = @('A restore awaits its verdict where the process that swapped the backup in died before it was done. Every command warns of it until it is accepted here or taken back with Undo-PostryRestore.')
    Inputs      = 'Postry.Ops.Engine.Restoring.RestoreRecord'
    Outputs     = 'Postry.Ops.Engine.Restoring.RestoreRecord'
    Parameters  = @{
        InputObject = 'The restores to accept, as Get-PostryRestore emits them.'
        RestoreId   = 'The id of the restore.'
        Latest      = 'The newest restore, of the database that -Path names where it is given.'
        Path        = 'The database that was restored, taken exactly as written.'
        WhatIf      = 'Does nothing and says what would be done.'
        Confirm     = 'Asks before anything is done.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRestore | Where-Object Status -EQ AwaitingVerdict | Complete-PostryRestore'; Text = 'Accepts every restore that awaits its verdict.' }
    )
}
