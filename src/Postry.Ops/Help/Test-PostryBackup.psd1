@{
    Synopsis    = 'Tests whether a backup holds the backed-up data unchanged, and whether it can be restored.'
    Description = @(
        'Each level includes the levels before it.'
        'Signature: the manifest is the one that was signed.'
        'Artefact: the stored file or folder has the size and the SHA-256 of the manifest.'
        'Contents: every row is read, and the rows and fingerprint of every table are those of the manifest. A SQLite database also passes its full integrity check.'
        'Restore: the backup is restored to a temporary place by the code of a real restore, compared again, and removed. The result is written as signed evidence of kind Test into the folder drills of the backup root; DrillId names it. If the test passed and compared at least one table, the backup is proven: Get-PostryBackup shows when (ProvenAt) and by what evidence (ProvenBy). Without an integrity key, or if the folder cannot be written, a warning says so, and the result stays.'
        'A test of another level that failed leaves such evidence, too, so that Get-PostryRecoveryStatus knows of the damage until a test at level Restore or a drill has passed.'
        'A PostgreSQL backup is restored into a temporary server that the command starts on this machine and removes, if PostgreSQL''s server programs are installed; else into a scratch database on the server of -ScratchUrl; else that part is Inconclusive.'
        'If rows of a PostgreSQL backup break one of its own keys, unique indexes or checks, all rows are restored and compared without it, and one Inconclusive check names the object, the key and the SQL: a restore of that backup needs -OnBrokenObject Leave.'
        'The runtime files that belong to a backup are tested with it, at the same level: their signature, whether the database''s manifest names this archive, and the size and SHA-256 of every file.'
        'A backup of the old scripts gets every check that its metadata allows. Whether it holds every row of the database is Inconclusive, because the old scripts measured nothing.'
        'Rows of a PostgreSQL database that pg_dump left out by design, and that no restore brings back, are named in NotHeld, and their check is Inconclusive. Objects that are left out without a loss, such as the rows of foreign tables, are Skipped.'
        '-Latest and -Before test the newest backup even if it is Suspicious, with a warning. Its check Plausibility is Inconclusive: only an operator can say whether the database was meant to hold so little.'
        'A bad backup is a result whose Status is Failed, not an error. A check that could not be made is Inconclusive, never Passed.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.VerificationReport; with -Quiet System.Boolean'
    Parameters  = @{
        Database          = 'With -Latest or -Before: the logical name of the database whose backup is meant.'
        InputObject       = 'The backups to test, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Quiet             = 'Returns $true if every check passed, and $false if one failed or could not be made, instead of the report. A backup that does not exist is still an error.'
        Level             = 'The level of the test.'
        ScratchUrl        = 'PostgreSQL, level Restore: the address of a server where a scratch database may be made and dropped again. The forms are those of -DatabaseUrl of Backup-PostryDatabase.'
        ScratchCredential = 'Role and password for that server, instead of those of the address.'
    }
    Defaults    = @{ Level = 'Contents' }
    Examples    = @(
        @{ Code = 'Get-PostryBackup -Latest | Test-PostryBackup -Level Restore'; Text = 'Proves that the newest backup can be restored.' }
        @{ Code = 'if (-not (Test-PostryBackup -Latest -Quiet)) { throw "The newest backup did not pass." }'; Text = 'Ends a script, and fails a CI job, unless the newest backup passes.' }
        @{ Code = '(Test-PostryBackup -Latest).Checks'; Text = 'Shows every check with its expected and its actual value.' }
        @{ Code = 'Get-PostryBackup | Test-PostryBackup -Level Artefact | Where-Object Status -NE Passed'; Text = 'Finds the backups whose stored bytes have changed.' }
        @{ Code = 'Test-PostryBackup -Latest -Level Restore -ScratchUrl postgresql://postgres@localhost/postgres'; Text = 'Proves that the newest backup can be restored, on your own server.'; Server = $true }
    )
    Related     = 'Get-PostryBackup', 'Compare-PostryBackup', 'Restore-PostryDatabase', 'Invoke-PostryRestoreDrill', 'about_Postry.Ops'
}
