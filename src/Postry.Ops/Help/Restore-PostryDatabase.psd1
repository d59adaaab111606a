@{
    Synopsis    = 'Restores a database from a backup as one transaction.'
    Description = @(
        'Checks everything first (signature, bytes, free space, identity), compares the backup with the live data and asks. Then it unpacks and verifies beside the database and swaps in one step: at every instant the database is the old one or the new one, whole. The old one is kept, and Undo-PostryRestore puts it back.'
        'A PostgreSQL database is named with -DatabaseUrl or DATABASE_URL. -Strategy says how the backup comes in, and the plan says why Auto chose what it did. Swap restores into a new database and exchanges the names in one transaction. Schema does the same with the schemas of the database, for an owner who may not create databases. InPlace drops and restores in one transaction, after a full backup. Schema and InPlace leave the database itself as it is: its owner, privileges, comment, connection limit and settings. A database that does not exist yet is created.'
        'The runtime files that belong to the backup (env files, compose files, scripts) are left alone unless -WithRuntime is given.'
        'A backup that is Suspicious, because it holds much less than the one before it, is restored where -Id, -BackupFile or the pipeline names it, and the plan says why it is Suspicious. -Latest and -Before take neither it nor an older one in its place: they end with the error SuspiciousBackup, which names both.'
        'A backup of the old scripts is restored like any other. It does not tell which database it came from, so that -AllowDifferentSource is needed. A plain dump is read to its end before any of it is run, and refused where it holds anything that pg_dump does not write, or that reaches beyond the one database.'
        'Where nobody can be asked (pwsh -NonInteractive, redirected input), -Force, -Confirm:$false or RESTORE_ALLOW_NONINTERACTIVE=1 is needed; without it the command ends with ConfirmationRequired before anything is touched.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord; with -WhatIf Postry.Ops.Engine.Model.RestorePlan'
    Parameters  = @{
        InputObject           = 'The backup to restore, as Get-PostryBackup and Backup-PostryDatabase emit it. Several are refused.'
        Path                  = 'The SQLite database to restore, taken exactly as written. It need not exist yet.'
        AllowDifferentSource  = 'Restores a backup of another database, or to a place where no database is yet.'
        SkipCompare           = 'Does not compare the live database with the backup before asking.'
        Strategy              = 'PostgreSQL: how the backup comes in. Auto chooses Swap where it can, else Schema, and InPlace only where both cannot.'
        NoOwner               = 'PostgreSQL: everything belongs to the connecting role, and grants are left out; for servers that do not have the roles of the backup.'
        NoTablespaces         = 'PostgreSQL: tablespaces are left out, and everything goes to the default one; for servers that do not have the tablespaces of the backup.'
        AllowReplicationBreak = 'PostgreSQL: goes on although replication slots or subscriptions of the database will be left behind. It overrides nothing else.'
        WithRuntime           = 'Restores the runtime files of the backup as well, as one transaction with the database: both go live, or neither, and Undo-PostryRestore puts both back. The plan names every file as new, changed or the same, and of env files the keys, never their values.'
        RuntimeBackupFile     = 'Restores the runtime files of this archive in place of the backup''s own. It implies -WithRuntime.'
        FreezeWrites          = 'PostgreSQL: once consent is given, makes the database read-only by default and ends its sessions, until the restore ends however it ends. Best effort: a session can still turn it off. Without it, what is said of lost data is "at least".'
        OnBrokenObject        = 'PostgreSQL: what becomes of keys, unique indexes, checks, triggers and views that the server cannot make, because rows or functions of the backup itself do not allow them. Refuse restores nothing, and names each with its key. Leave brings every row back without them; the record lists each with its key and the SQL that makes it later.'
        Jobs                  = 'PostgreSQL: how many tables are restored at the same time; the number of processors unless given.'
        Database              = 'The logical name of the database whose backup is meant. Where postry.json names it and neither -Path nor -DatabaseUrl does, it is also the database to restore, with the commands around the swap that are named there.'
        BeforeSwap            = 'A command for the system''s shell, run when the backup is staged and verified, for example to stop the application. Where it fails nothing is swapped. Unless given: hooks.beforeSwap of the entry of postry.json.'
        AfterSwap             = 'A command for the system''s shell, run after the swap, for example to start the application. Where it fails the restore is undone, as after any failed check. The variable POSTRY_TARGET_URL holds the address of the restored database for it, without a password, so that a smoke test looks at no other. Unless given: hooks.afterSwap of the entry of postry.json.'
    }
    Defaults    = @{ Mode = 'auto'; Strategy = 'Auto'; OnBrokenObject = 'Refuse'; HookTimeout = '60' }
    Examples    = @(
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db -WhatIf'; Text = 'Shows what a restore of the newest backup would bring back and what it would lose.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db'; Text = 'Restores the newest backup of that database, after asking.' }
        @{ Code = 'New-PostryConfiguration; Restore-PostryDatabase -Latest -Database app -Force'; Text = 'Restores the database that postry.json calls app, between the commands that it names for it.' }
        @{ Code = 'Restore-PostryDatabase -Before (Get-Date).AddSeconds(1) -Path ./app.db -Force'; Text = 'Restores the newest backup taken before a time, without asking.' }
        @{ Code = 'Get-PostryBackup -Latest | Restore-PostryDatabase -Path ./copy.db -AllowDifferentSource -Force'; Text = 'Restores the newest backup to another place, where no database is yet.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db -BeforeSwap ''echo stop'' -AfterSwap ''echo start'' -Force'; Text = 'Restores between two commands that stop and start the application.' }
        @{ Code = 'Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -Force'; Text = 'Restores the database and the runtime files that were backed up with it, as one transaction.' }
        @{ Code = '(Restore-PostryDatabase -Latest -Path ./app.db -WithRuntime -WhatIf).Runtime.Files'; Text = 'Lists what would become of each runtime file.' }
        @{ Code = 'Restore-PostryDatabase -Latest -DatabaseUrl postgresql://app@db.example.org/app -WhatIf'; Text = 'Shows how a PostgreSQL database would be restored, and what a restore would bring back and lose.'; Server = $true }
        @{ Code = 'Restore-PostryDatabase -Latest -OnBrokenObject Leave -Force'; Text = 'Restores every row of a backup whose rows break a foreign key or a unique index, without these.'; Server = $true }
        @{ Code = 'Restore-PostryDatabase -Latest -Strategy Schema -NoOwner -Force'; Text = 'Restores the database that DATABASE_URL names, on a hosted server where databases cannot be created and the roles have other names.'; Server = $true }
    )
}
