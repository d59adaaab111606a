@{
    Synopsis    = 'Restores the runtime files of a backup to the repo root, without its database.'
    Description = @(
        'Verifies the whole archive before the first byte is written, compares each file with what is live, and asks. Then it prepares every file beside the one that it replaces and exchanges them under a journal, so that a crash in between is finished or taken back by the next command. What is replaced is kept, and Undo-PostryRestore puts it back. Files that the archive does not hold stay as they are.'
        'Some keys of env files keep their live values, so that a restore does not undo what has just been set by hand: MAINTENANCE_MODE, DATABASE_URL and BACKUP_METADATA_HMAC_KEY, and those that postry.json adds (runtime.keepOnRestore). Such a key that the live file does not set comes back from the archive. The plan names every other key that is added, changed or removed. Values are never shown.'
        'Where nobody can be asked (pwsh -NonInteractive, redirected input), -Force, -Confirm:$false or RESTORE_ALLOW_NONINTERACTIVE=1 is needed; without it the command ends with ConfirmationRequired before anything is touched.'
    )
    Inputs      = 'Postry.Ops.Engine.Model.BackupSet'
    Outputs     = 'Postry.Ops.Engine.Model.RestoreRecord; with -WhatIf Postry.Ops.Engine.Model.RestorePlan'
    Parameters  = @{
        InputObject          = 'The backup to restore, as Get-PostryBackup, Backup-PostryRuntime and Backup-PostryDatabase emit it. Of a database''s backup its runtime files are restored. Several are refused.'
        Id                   = 'The id of the backup: of runtime files, or of the database that they were archived with.'
        BackupFile           = 'The path of the archive of runtime files or of its manifest, inside the backup root or not.'
        Latest               = 'The newest good archive of the runtime files of the repo root, whether it was made alone or with a database.'
        Before               = 'The newest good archive of the runtime files of the repo root taken before this time. A time without a zone is local; -Verbose says what it is in UTC.'
        Database             = 'Only archives under this logical name: that of the database they were made with, or of their own.'
        AllowDifferentSource = 'Restores the runtime files of another repo root.'
    }
    Defaults    = @{ HookTimeout = '60' }
    Examples    = @(
        @{ Code = '(Restore-PostryRuntime -Latest -WhatIf).Runtime.Files'; Text = 'Lists what would become of each file, and which keys of env files would change.' }
        @{ Code = 'Restore-PostryRuntime -Latest'; Text = 'Restores the newest archive, after asking.' }
        @{ Code = 'Get-PostryBackup -Latest | Restore-PostryRuntime -Force'; Text = 'Restores the runtime files that belong to the newest backup of the database, without asking.' }
    )
}
