@{
    Synopsis    = 'Tests whether a backup is what was backed up, and whether it can be restored.'
    Description = @(
        'Each level includes those before it. Signature: the manifest is what was signed. Artefact: size and SHA-256 of the stored bytes. Contents: every row is read, and rows and fingerprint of every table equal the manifest''s; a SQLite database also passes its full integrity check. Restore: restored to a scratch place through the code of a real restore, compared again, cleaned up.'
        'A PostgreSQL backup is restored into a throw-away server that the command starts on this machine and removes, where PostgreSQL''s server programs are installed; else into a scratch database on the server that -ScratchUrl names; else that part is Inconclusive.'
        'Where rows of a PostgreSQL backup break one of its own keys, unique indexes or checks, all rows are restored and compared without it, and one Inconclusive check names the object, the key and the SQL: a restore of that backup needs -OnBrokenObject Leave.'
        'The runtime files that belong to a backup are tested with it, at the same level: their signature, that they are those which the database''s manifest names, and every file''s size and SHA-256.'
        'Of a backup of the old scripts every check is made that its metadata allows; that it holds every row that the database held is Inconclusive, because nothing was measured when it was made.'
        'Rows of a PostgreSQL database that pg_dump left out by design, and that no restore brings back, are Inconclusive and named in NotHeld; what is left out without a loss, such as the rows of foreign tables, is Skipped.'
        '-Latest and -Before test the newest backup also where it is Suspicious, with a warning. Its check Plausibility is Inconclusive: only an operator can say whether the database was meant to hold so little.'
        'A bad backup is a result whose Status is Failed, not an error. What could not be checked is Inconclusive, never Passed.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.VerificationReport'
    Parameters  = @{
        Database          = 'With -Latest or -Before: the logical name of the database whose backup is meant.'
        InputObject       = 'The backups to test, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Level             = 'How deep to test.'
        ScratchUrl        = 'PostgreSQL, level Restore: the address of a server where a scratch database may be made and dropped again. The forms are those of -DatabaseUrl of Backup-PostryDatabase.'
        ScratchCredential = 'Role and password for that server, in place of those of the address.'
    }
    Defaults    = @{ Level = 'Contents' }
    Examples    = @(
        @{ Code = 'Get-PostryBackup -Latest | Test-PostryBackup -Level Restore'; Text = 'Proves that the newest backup can be restored.' }
        @{ Code = '(Test-PostryBackup -Latest).Checks'; Text = 'Shows every check with what was expected and what was found.' }
        @{ Code = 'Get-PostryBackup | Test-PostryBackup -Level Artefact | Where-Object Status -NE Passed'; Text = 'Finds the backups whose stored bytes are not what was written.' }
        @{ Code = 'Test-PostryBackup -Latest -Level Restore -ScratchUrl postgresql://postgres@localhost/postgres'; Text = 'Proves that the newest backup can be restored, on a server of one''s own.'; Server = $true }
    )
}
