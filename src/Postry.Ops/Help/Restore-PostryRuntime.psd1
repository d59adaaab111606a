@{
    Synopsis    = 'Restores the runtime files of a backup to the repo root, without its database.'
    Description = @(
        'Verifies the whole archive before the first byte is written, compares each file with the live one, and asks. Then it prepares every file beside the one that it replaces and exchanges them under a journal, so that after a crash the next command finishes or undoes the exchange. Replaced files are kept, and Undo-PostryRestore puts them back. Files that the archive does not hold stay as they are.'
        'Some keys of env files keep their live values, so that a restore does not undo a change that was just made by hand: MAINTENANCE_MODE, DATABASE_URL and BACKUP_METADATA_HMAC_KEY, and those that postry.json adds (runtime.keepOnRestore). If the live file does not set such a key, the archived value comes back. The plan names every other key that is added, changed or removed. Values are never shown.'
        'If nobody can be asked (pwsh -NonInteractive, redirected input), -Force, -Confirm:$false or RESTORE_ALLOW_NONINTERACTIVE=1 is needed; without it the command ends with ConfirmationRequired before anything is touched.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord; with -WhatIf Postry.Ops.Engine.Model.RestorePlan'
    Parameters  = @{
        InputObject          = 'The backup to restore, as Get-PostryBackup, Backup-PostryRuntime and Backup-PostryDatabase emit it. From a backup of a database only the runtime files are restored. Several backups are refused.'
        Id                   = 'The id of the backup: of runtime files, or of the database that they were archived with.'
        BackupFile           = 'The path of the archive of runtime files or of its manifest, inside the backup root or not.'
        Latest               = 'Selects the newest good archive of the runtime files of the repo root, made alone or with a database.'
        Before               = 'Selects the newest good archive of the runtime files of the repo root taken before this time. A time without a zone is local; -Verbose shows it in UTC.'
        Database             = 'Selects only archives under this logical name: the name of the database that they were made with, or their own name.'
        AllowDifferentSource = 'Allows the runtime files of another repo root.'
    }
    Defaults    = @{ HookTimeout = '60s' }
    Examples    = @(
        @{ Code = '(Restore-PostryRuntime -Latest -WhatIf).Runtime.Files'; Text = 'Lists the change of each file, and the keys of env files that would change.' }
        @{ Code = 'Restore-PostryRuntime -Latest'; Text = 'Restores the newest archive, after asking.' }
        @{ Code = 'Get-PostryBackup -Latest | Restore-PostryRuntime -Force'; Text = 'Restores the runtime files that belong to the newest backup of the database, without asking.' }
    )
    Related     = 'Backup-PostryRuntime', 'Undo-PostryRestore', 'Restore-PostryDatabase', 'about_Postry.Ops'
}
