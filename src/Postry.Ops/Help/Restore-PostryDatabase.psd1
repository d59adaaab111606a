@{
    Synopsis    = 'Restores a database from a backup as one transaction.'
    Description = @(
        'Checks everything first (signature, bytes, free space, identity), compares the backup with the live data and asks. Then it unpacks and verifies the backup beside the database and swaps in one step: at every moment the database is completely the old one or completely the new one. The old database is kept, and Undo-PostryRestore puts it back.'
        'A PostgreSQL database is named with -DatabaseUrl or DATABASE_URL. -Strategy says how the backup is restored, and the plan gives the reason for the choice of Auto. Swap restores into a new database and exchanges the names in one transaction. Schema does the same with the schemas of the database, for an owner who may not create databases. InPlace drops and restores in one transaction, after a full backup. Schema and InPlace leave the database itself as it is: its owner, privileges, comment, connection limit and settings. A database that does not exist yet is created.'
        'The runtime files that belong to the backup (env files, compose files, scripts) stay as they are unless -WithRuntime is given.'
        'A backup that is Suspicious, because it holds much less than the one before it, is restored if -Id, -BackupFile or the pipeline names it, and the plan says why it is Suspicious. -Latest and -Before select neither this backup nor an older one: they end with the error SuspiciousBackup, which names both.'
        'A backup of the old scripts is restored like any other. Such a backup does not name its database, so -AllowDifferentSource is needed. A plain dump is read to its end before any statement of it is run. The dump is refused if it holds anything that pg_dump does not write, or anything that changes more than the one database.'
        'Without a choice of backup the command lists the newest five and lets you choose one; if nobody can be asked, the list is the error. The command never guesses.'
        'If nobody can be asked (pwsh -NonInteractive, redirected input), -Force, -Confirm:$false or RESTORE_ALLOW_NONINTERACTIVE=1 is needed; without it the command ends with ConfirmationRequired before anything is touched.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord; with -WhatIf Postry.Ops.Engine.Model.RestorePlan'
    Parameters  = @{
        InputObject           = 'The backup to restore, as Get-PostryBackup and Backup-PostryDatabase emit it. Several backups are refused.'
        Path                  = 'The SQLite database to restore, taken exactly as written; files can be piped in, one at a time. The file need not exist yet. An id that stands in this place is the id of the backup.'
        AllowDifferentSource  = 'Allows a backup of another database, or a target that does not exist yet.'
        SkipCompare           = 'Does not compare the live database with the backup before asking.'
        Strategy              = 'PostgreSQL: how the backup is restored. Auto chooses Swap if possible, else Schema, and InPlace only if both are impossible.'
        NoOwner               = 'PostgreSQL: makes the connecting role the owner of everything, and leaves out grants; for servers that do not have the roles of the backup.'
        NoTablespaces         = 'PostgreSQL: leaves out tablespaces, and puts everything into the default one; for servers that do not have the tablespaces of the backup.'
        AllowReplicationBreak = 'PostgreSQL: restores although replication slots or subscriptions of the database will be left behind. The switch overrides nothing else.'
        WithRuntime           = 'Restores the runtime files of the backup as well, as one transaction with the database: both are restored, or neither, and Undo-PostryRestore puts both back. The plan names every file as new, changed or the same, and the changed keys of env files, never their values.'
        PostRestoreHealthUrl = 'Addresses of the application that must answer with a status of 2xx once the backup is live. One that does not answer is asked again until the deadline. If one does not pass, the restore is undone, unless it did not pass before the restore either, or the previous database is damaged.'
        Smoke       = 'Smoke checks that must pass once the backup is live: names of checks of postry.json (* and ? are wildcards), or the path of a file with checks. Checks of data ask the restored database.'
        PreSwapSmoke = 'Smoke checks of data that the restored copy must pass before the swap: names of checks of "sql", "tables" or "freshness" in postry.json (* and ? are wildcards), or the path of a file with checks. They ask the copy beside the live database, before -BeforeSwap stops the application. If one does not pass, the command ends with RestoreRefused, and nothing live has changed. For PostgreSQL the strategy must be Swap.'
        OnSmokeFailure = 'Undo puts the previous database and runtime files back if a smoke check fails after the swap. Keep leaves the restore live, and the decision to you: Complete-PostryRestore or Undo-PostryRestore.'
        SmokeDeadline = 'How long the smoke checks may take together, such as 90s or 2m. By default STARTUP_SMOKE_TIMEOUT_SECONDS, else the deadline of the checks, else a minute.'
        RuntimeBackupFile     = 'Restores the runtime files of this archive instead of the backup''s own, and implies -WithRuntime.'
        FreezeWrites          = 'PostgreSQL: once consent is given, makes the database read-only by default and ends its sessions. This lasts until the restore ends, with success or without. A session can still turn the default off for itself. Without the switch, others can still write after the plan was made, and the plan says so.'
        OnBrokenObject        = 'PostgreSQL: what to do with keys, unique indexes, checks, triggers and views that the server cannot create, because rows or functions of the backup itself do not allow them. Refuse restores nothing, and names each object with its key. Leave restores every row without these objects; the record lists each object with its key and the SQL that creates it later.'
        Jobs                  = 'PostgreSQL: the number of tables that are restored at the same time; by default the number of processors.'
        Database              = 'The logical name of the database whose backup is meant. If it is a name in postry.json and neither -Path nor -DatabaseUrl is given, it is also the database to restore, with the commands around the swap of that entry.'
        BeforeSwap            = 'A command for the system''s shell, run after the backup is staged and verified, for example to stop the application. If it fails, nothing is swapped. By default hooks.beforeSwap of the entry in postry.json.'
        AfterSwap             = 'A command for the system''s shell, run after the swap, for example to start the application. If it fails, the restore is undone, as after any failed check. The variable POSTRY_TARGET_URL holds the address of the restored database for it, without a password, so that a smoke test checks the right database. By default hooks.afterSwap of the entry in postry.json.'
    }
    Defaults    = @{ Mode = 'auto'; Strategy = 'Auto'; OnBrokenObject = 'Refuse'; HookTimeout = '60s' }
    Examples    = @(
        @{ Code = 'Restore-PostryDatabase -Latest ./app.db -PostRestoreHealthUrl http://127.0.0.1:8000/health -WhatIf'; Text = 'Shows the plan of a restore that is undone if the application does not answer afterwards.' }
        @{ Code = 'Set-Content ./checks.json ''{ "tables": [{ "table": "posts", "atLeastBackup": true }] }''; Restore-PostryDatabase -Latest ./app.db -PreSwapSmoke ./checks.json -Force'; Text = 'Restores the newest backup if the restored copy passes the checks of a file; otherwise nothing live changes.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db -WhatIf'; Text = 'Shows what a restore of the newest backup would bring back and what would be lost.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db'; Text = 'Restores the newest backup of that database, after asking.' }
        @{ Code = 'New-PostryConfiguration; Restore-PostryDatabase -Latest -Database app -Force'; Text = 'Restores the database that postry.json calls app, with the commands around the swap of its entry.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -Tag version=v2.14; Restore-PostryDatabase -Latest -BeforeTag version=v2.14 -Path ./app.db -WhatIf'; Text = 'Makes a backup of a new version, and shows what going back to the newest backup before it would do.' }
        @{ Code = 'Restore-PostryDatabase -Before (Get-Date).AddSeconds(1) -Path ./app.db -Force'; Text = 'Restores the newest backup taken before a time, without asking.' }
        @{ Code = 'Get-PostryBackup -Latest | Restore-PostryDatabase -Path ./copy.db -AllowDifferentSource -Force'; Text = 'Restores the newest backup to a new file.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db -BeforeSwap ''echo stop'' -AfterSwap ''echo start'' -Force'; Text = 'Restores between two commands that stop and start the application.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force'; Text = 'Restores the database and the runtime files that were backed up with it, as one transaction.' }
        @{ Code = '(Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -WhatIf).Runtime.Files'; Text = 'Lists the change of each runtime file.' }
        @{ Code = 'Restore-PostryDatabase -Latest -DatabaseUrl postgresql://app@db.example.org/app -WhatIf'; Text = 'Shows how a PostgreSQL database would be restored, and what a restore would bring back and what would be lost.'; Server = $true }
        @{ Code = 'Restore-PostryDatabase -Latest -OnBrokenObject Leave -Force'; Text = 'Restores every row of a backup whose rows break a foreign key or a unique index, without these.'; Server = $true }
        @{ Code = 'Restore-PostryDatabase -Latest -Strategy Schema -NoOwner -Force'; Text = 'Restores the database that DATABASE_URL names, on a hosted server where databases cannot be created and the roles have other names.'; Server = $true }
    )
    Related     = 'Undo-PostryRestore', 'Compare-PostryBackup', 'Get-PostryRestore', 'Restore-PostryRuntime', 'about_Postry.Ops', 'about_Postry.Ops_Errors'
}
