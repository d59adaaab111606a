@{
    Synopsis    = 'Lists what was done in the folder of the backups, newest first, and checks every line.'
    Description = @(
        'Each operation that ends adds a signed line to history.jsonl in the backup root: backups, copies, tests, drills, restores, undos, prunes, smoke tests and the others that Operation names. A command that only lists, plans (-WhatIf) or is not agreed to leaves none.'
        'Each line names the line before it. Integrity is Passed if a line is as it was written, Failed if it was changed or the line before it is missing, and Inconclusive if no key can check it; IntegrityDetail says why. The command warns of all damage to the history, also of lines that it does not list.'
        'Result is Failed if the operation ended with an error or was stopped (ErrorId says with what), or if what it checked is bad. Result is Inconclusive if something could not be checked, or if a restore waits for a decision. Outcome is the result in the words of the operation, such as Suspicious.'
        'The history counts the failed backups in Get-PostryRecoveryStatus. A process that is killed leaves no line.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.HistoryEntry'
    Parameters  = @{
        Database  = 'Lists only operations on this database; * and ? are wildcards.'
        Operation = 'Lists only these operations.'
        Result    = 'Lists only operations with this result.'
        BackupId  = 'Lists only operations that made, used or removed this backup.'
        After     = 'Lists only operations that ended at or after this time. A time without a zone is local.'
        Before    = 'Lists only operations that ended before this time. A time without a zone is local.'
        Last      = 'Lists at most so many operations, the newest.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryHistory -Last 20'; Text = 'Lists the last twenty operations.' }
        @{ Code = 'Get-PostryHistory -Operation Backup -Result Failed -After (Get-Date).AddDays(-7)'; Text = 'Lists the backups that failed in the last week.' }
        @{ Code = 'Get-PostryHistory | Where-Object Integrity -EQ Failed'; Text = 'Lists the lines that were changed, or that follow on lines that were removed.' }
        @{ Code = 'Get-PostryHistory | Group-Object Operation, Result -NoElement'; Text = 'Counts the operations by result.' }
    )
    Related     = 'Get-PostryRecoveryStatus', 'Get-PostryBackup', 'Get-PostryRestore', 'Get-PostryRestoreDrill', 'Test-PostryCatalog', 'about_Postry.Ops'
}
