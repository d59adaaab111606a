@{
    Synopsis    = 'Lists the signed evidence of restore drills and of tests of backups, newest first.'
    Description = @(
        'Each file in the folder drills of the backup root is checked when it is read. Evidence is Passed if the file is as it was signed, Failed if it was changed, replaced or removed, and Inconclusive if there is no key to check it with; EvidenceDetail says why. Status is the outcome of the drill.'
        'Evidence names the evidence before it. So a file that was removed is listed as Failed, unless it was the newest.'
        'A drill whose process died is Interrupted. The next backup, test or drill writes its evidence.'
        'Only evidence that is Passed, of a drill or test that Passed and compared at least one table, makes its backup proven (ProvenAt of Get-PostryBackup).'
    )
    Inputs      = 'System.String[]'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreDrill'
    Parameters  = @{
        DrillId  = 'The ids of the drills and tests to list. An unknown id is an error.'
        Database = 'Lists only evidence of this database; * and ? are wildcards.'
        Kind     = 'Lists only drills (Drill), or only tests (Test): those at level Restore, and those of other levels that failed.'
        Latest   = 'Lists only the newest evidence that meets the other conditions.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryRestoreDrill'; Text = 'Lists all evidence.' }
        @{ Code = 'Get-PostryRestoreDrill | Where-Object Evidence -EQ Failed'; Text = 'Lists the evidence that was changed or removed.' }
        @{ Code = '(Get-PostryRestoreDrill -Latest -Kind Test).Tables'; Text = 'Shows the rows of the newest test, table by table.' }
    )
    Related     = 'Invoke-PostryRestoreDrill', 'Test-PostryRestoreDrill', 'Add-PostryRestoreDrillNote', 'Test-PostryBackup', 'about_Postry.Ops'
}
