@{
    # The errors of the engine, for about_Postry.Ops_Errors and docs/errors.md. Write-Errors.ps1 adds the category from the module.
    # ExitCode is that of the console where it is not 1.
    Errors = @{
        AccessDenied         = @{ Meaning = 'The file system or the database refuses this user.'; Next = 'Run the command as the user or role that owns the file or the table.' }
        AmbiguousBackup      = @{ Meaning = 'The selection matches backups of several databases, or several backups.'; Next = 'Name the database with -Database, or the backup with -Id.' }
        ArchiveRefused       = @{ Meaning = 'The archive holds entries that would be written outside of its folder. Nothing of it is written.'; Next = 'Do not use this archive. Find out who made it.' }
        AuthenticationFailed = @{ Meaning = 'The server refuses the user, the password or the certificate.'; Next = 'Check the role and the password in DATABASE_URL, PGPASSWORD or ~/.pgpass.' }
        BackupCorrupt        = @{ Meaning = 'The bytes or the contents of the backup are not those that its manifest signs.'; Next = 'Use another backup. Check the disk that holds this one.' }
        BackupPinned         = @{ Meaning = 'The backup is pinned, and a pinned backup is not removed. The message says who pinned it, and why.'; Next = 'If nobody needs it any more, unpin it with Set-PostryBackup -Pinned:$false.' }
        ConfigurationInvalid = @{ Meaning = 'postry.json, or a variable that overrides it, has a mistake. The message names each with its line and column.'; Next = 'Correct the file. A restore that does not need the key goes on.' }
        ConfirmationRequired = @{ Meaning = 'The command changes a database or removes something, and nobody can be asked.'; Next = 'Look at the plan with -WhatIf, then add -Force. For restores RESTORE_ALLOW_NONINTERACTIVE=1 is consent, too.'; ExitCode = 4 }
        CopyFailed           = @{ Meaning = 'A destination has no good copy of the backup. The message names the cause with its own error id; the backup itself is not affected.'; Next = 'Mend the cause, then copy the backup with Copy-PostryBackup.' }
        DatabaseBusy         = @{ Meaning = 'Another process holds a lock that did not go away in time.'; Next = 'Wait for the other command (-WaitTimeout 10m does), or end the transaction that holds the lock.' }
        DatabaseDamaged      = @{ Meaning = 'The live database fails its own integrity check.'; Next = 'Keep the file, and restore the newest good backup.' }
        DatabaseUnreachable  = @{ Meaning = 'No server answers at the address, or the connection was lost.'; Next = 'Check the host, the port and the network, and start the server.' }
        DestinationExists    = @{ Meaning = 'A file or folder is already at the path of a new one.'; Next = 'Choose another path. New-PostryConfiguration -Force replaces an existing postry.json.' }
        DestinationUnreachable = @{ Meaning = 'A destination for copies is not there, or does not answer.'; Next = 'Mount the share, or make the folder. The name and path are in the message.' }
        DifferentSource      = @{ Meaning = 'The backup comes from another database than the target.'; Next = 'Check both names. If you want this, add -AllowDifferentSource.' }
        IntegrityKeyMissing  = @{ Meaning = 'No integrity key is set, so nothing can be signed or checked.'; Next = 'Set BACKUP_METADATA_HMAC_KEY or BACKUP_METADATA_HMAC_KEY_FILE.' }
        InvalidRequest       = @{ Meaning = 'A parameter has a value that cannot work, parameters contradict each other, or one is missing.'; Next = 'Read the message: it names the parameter and the right values.'; ExitCode = 2 }
        LastBackup           = @{ Meaning = 'The removal would leave a database without a good backup.'; Next = 'Make a new backup first. If you want none, add -AllowLast.' }
        JobFailed            = @{ Meaning = 'A step of the job failed, or could not be checked. The report of the job, which is emitted before the error, says which and why.'; Next = 'Look at Steps of the report. Mend the cause, then run the job again.' }
        ManifestInvalid      = @{ Meaning = 'The manifest cannot be read, or has an unknown format.'; Next = 'Use another backup, or a newer version of Postry.Ops.' }
        ModeNotSupported     = @{ Meaning = 'This build cannot work with this kind of database.'; Next = 'Use a build that supports it.' }
        NotADatabase         = @{ Meaning = 'The file is not a database that can be read: it has another format, it is encrypted, or its header is destroyed.'; Next = 'Check the path. If the path is right, restore a backup.' }
        NotEnoughSpace       = @{ Meaning = 'The disk is full, or too small for the operation.'; Next = 'Free space: remove kept copies with Remove-PostryPreviousCopy, or old backups with Remove-PostryBackup. Backup-PostryDatabase -SkipSpaceCheck goes on where only an estimate says so.' }
        PoolerNotSupported   = @{ Meaning = 'The address is that of a transaction pooler, which can hold no snapshot.'; Next = 'Use the direct address of the server, or a session pooler.' }
        ReplicationInTheWay  = @{ Meaning = 'Replication slots, subscriptions, prepared transactions or sessions that cannot be ended stand in the way of the restore.'; Next = 'Remove what the message names, or choose another -Strategy.' }
        RestoreRefused       = @{ Meaning = 'The plan of the restore found problems, or the restored copy did not pass a smoke check before the swap. The message lists all of them. Nothing live has changed.'; Next = 'Solve each problem as its hint says, then restore again.' }
        RestoreUndone        = @{ Meaning = 'The restore failed after the swap and was undone. The database is as it was before.'; Next = 'Look at the failed check: (Get-PostryRestore -Latest).Checks.'; ExitCode = 5 }
        RuntimeFileRefused   = @{ Meaning = 'A runtime file cannot be archived: it is a socket, a pipe or a device, a link that leads outside, or it changes all the time.'; Next = 'Exclude it with -ExcludeRuntimePath, or stop the program that writes it.' }
        ServerError          = @{ Meaning = 'The server answers with an error for which Postry.Ops has no id. The code of the error (SQLSTATE) is in the message.'; Next = 'Look the code up in the manual of PostgreSQL.' }
        ServerLimit          = @{ Meaning = 'A limit of the server (locks, memory, temporary files, sizes) is too low.'; Next = 'Raise the setting that the hint names.' }
        SignatureMismatch    = @{ Meaning = 'The manifest was changed after it was signed.'; Next = 'Use another backup. Find out who changed this backup.' }
        SourceNotFound       = @{ Meaning = 'A named database, backup or record does not exist.'; Next = 'Check the name. Get-PostryBackup and Get-PostryRestore list what there is.' }
        SuspiciousBackup     = @{ Meaning = 'The newest backup holds much less than the one before it, so it may have been made after a loss of data.'; Next = 'Compare the two that the message names, and choose one with -Id.' }
        TargetPending        = @{ Meaning = 'An earlier restore of the target waits for a decision.'; Next = 'Confirm that restore with Complete-PostryRestore, or undo it with Undo-PostryRestore.'; ExitCode = 6 }
        ToolFailed           = @{ Meaning = 'A program that the command started ended with an error: pg_dump, pg_restore, or a command around the swap.'; Next = 'Read the last output of the program in the message.' }
        ToolMissing          = @{ Meaning = 'A program that the command needs is not installed.'; Next = 'Install PostgreSQL''s client programs, or set POSTRY_PG_BIN to their folder.' }
        ToolTooOld           = @{ Meaning = 'The client programs are older than the server or the backup.'; Next = 'Install client programs of the server''s version or a newer one.' }
        TrialNotPossible     = @{ Meaning = 'No place is available for a trial restore, so the test could not be made.'; Next = 'Install PostgreSQL''s server programs, or name a server with -ScratchUrl.' }
        UsedUnderOtherName   = @{ Meaning = 'The SQLite database is, or may be, in use under another name, so the newest rows may be missing under this name.'; Next = 'Use the name that the application uses.' }
        WeakKey              = @{ Meaning = 'The integrity key can be guessed, so it signs no backup. It still checks and restores older ones.'; Next = 'Make a key with openssl rand -hex 32, and put the old one into BACKUP_METADATA_HMAC_KEY_PREVIOUS.' }
        WrongKey             = @{ Meaning = 'The backup was signed with another key than the ones that are set.'; Next = 'Put the key that signed it into BACKUP_METADATA_HMAC_KEY_PREVIOUS.' }
    }
    # What the front ends raise themselves.
    FrontEnds = @{
        Interrupted       = @{ Meaning = 'Somebody stopped the command. Nothing is half written.'; Next = 'Start the command again.'; Category = '(console only)'; ExitCode = 130 }
        UnexpectedFailure = @{ Meaning = 'The command failed because of a defect in Postry.Ops.'; Next = 'Run it again with -Verbose, and report what it prints.'; Category = 'NotSpecified' }
        Usage             = @{ Meaning = 'The arguments cannot be understood. PowerShell has errors of its own for this.'; Next = 'See postry <verb> --help.'; Category = '(console only)'; ExitCode = 2 }
    }
    ExitCodes = @(
        @{ Code = 0; Meaning = 'done' }
        @{ Code = 1; Meaning = 'failed; the message says why, and its last line says what to do' }
        @{ Code = 2; Meaning = 'wrong usage' }
        @{ Code = 3; Meaning = 'a verification says Failed or Inconclusive, or a recovery status is Critical; this is a result, not an error' }
        @{ Code = 4; Meaning = 'consent is required, and nobody can be asked' }
        @{ Code = 5; Meaning = 'the restore failed after the swap and was undone' }
        @{ Code = 6; Meaning = 'a restore of the target waits for a decision' }
        @{ Code = 130; Meaning = 'interrupted; nothing half written is left' }
    )
}
