@{
    Synopsis    = 'Proves that a lost database would come back, and signs the evidence.'
    Description = @(
        'A drill makes a fresh backup (or takes one that exists), checks it, restores it to a place of its own, destroys the data there, restores it again as a lost production database would be restored, compares every row with the fingerprints of the backup, makes the smoke checks of the data, and removes all that it made. Every step is timed.'
        'The source is only read. The place is a scratch file for SQLite, and for PostgreSQL a temporary server that the command starts on this machine and removes; or, with -ScratchUrl, a scratch database on a server of yours; or, with -EndToEnd, an empty database that you name for it. A drill that would leave too little room on the disk is refused before it begins.'
        'The evidence is a signed file in the folder drills of the backup root, with a readable page beside it and, if POSTRY_EVIDENCE_KEY_FILE names a key, a second signature that an auditor checks with openssl (docs/evidence.md). A drill that fails or is stopped leaves evidence, too; that of a killed one is written by the next command.'
        'The Status is Passed only if every step and check passed and data was compared; whatever could not be checked makes it Inconclusive. A drill that passed makes its backup proven: Get-PostryBackup shows when.'
        'Rpo says how old the newest good backup was when the drill began (the drill''s own fresh one does not count), Rto how long it took from the loss until the data was verified, both against the objectives of postry.json.'
        'A drill that did not pass is a result, not an error: use -Quiet, or Status, to decide.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreDrill, or System.Boolean with -Quiet; Postry.Ops.Engine.Model.DrillPlan with -WhatIf'
    Parameters  = @{
        Path              = 'The SQLite database, taken exactly as written.'
        DatabaseUrl       = 'The address of the PostgreSQL database. The forms are those of Backup-PostryDatabase. Without it the database is the one that -Database names in postry.json, else DATABASE_URL, else the only database of postry.json.'
        Credential        = 'Role and password, in place of those of the address.'
        Database          = 'The databases of postry.json; * and ? are wildcards, and each database gets a drill of its own. Beside -Path or -DatabaseUrl: the logical name of the database.'
        Latest            = 'Takes the newest good backup of the database, in place of a fresh one. That of a database of postry.json is found also if its server is down.'
        InputObject       = 'The backups to drill with, as Get-PostryBackup and Backup-PostryDatabase emit them.'
        Id                = 'The id of the backup to drill with.'
        BackupFile        = 'The backup''s file or folder, or its manifest, in the backup root or elsewhere.'
        ScratchUrl        = 'PostgreSQL: the address of a server where the drill makes a scratch database and drops it again.'
        ScratchCredential = 'Role and password for that server, in place of those of the address.'
        ScratchPath       = 'A folder on a disk with room for three copies of the database, where the drill makes its scratch files. By default the backup root.'
        EndToEnd          = 'Restores into the empty database that BACKUP_RESTORE_E2E_DATABASE_URL names, and empties it again. Needs RUN_POSTGRES_BACKUP_RESTORE_E2E=1 and BACKUP_RESTORE_E2E_ALLOW_DESTRUCTIVE=YES as well. The source, and every other configured database, is refused there under any address.'
        Smoke             = 'Smoke checks, of which those that ask the data are made on the restored database: names of postry.json with the wildcards * and ?, or a file with checks. By default those of postry.json.'
        Note              = 'Remarks and corrective actions for the evidence. Add-PostryRestoreDrillNote adds later ones.'
        Quiet             = 'Emits true if the drill passed, and false otherwise, instead of the evidence.'
    }
    Examples    = @(
        @{ Code = 'Invoke-PostryRestoreDrill ./app.db'; Text = 'Drills with a fresh backup of a SQLite database.' }
        @{ Code = "if (-not (Invoke-PostryRestoreDrill -Database app -Quiet)) { throw 'The restore drill did not pass.' }"; Text = 'Ends a script, and fails a CI job, unless the drill passes.' }
        @{ Code = '(Invoke-PostryRestoreDrill ./app.db).Steps'; Text = 'Shows each step with its duration.' }
        @{ Code = 'Get-PostryBackup -Latest | Invoke-PostryRestoreDrill -Note "Monthly exercise."'; Text = 'Drills with the newest backup.' }
        @{ Code = 'Invoke-PostryRestoreDrill ./app.db -WhatIf'; Text = 'Says what would be done.' }
    )
    Related     = 'Test-PostryBackup', 'Get-PostryRestoreDrill', 'Test-PostryRestoreDrill', 'New-PostryEvidenceKey', 'about_Postry.Ops'
}
