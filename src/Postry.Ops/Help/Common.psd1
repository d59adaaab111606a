@{
    # What parameters mean that several commands share. A command's own file wins.
    Parameters = @{
        RepoRoot     = 'The folder whose databases are looked after. Unless given: BACKUP_REPO_ROOT, else the folder of the nearest postry.json upwards, else the current folder.'
        BackupRoot   = 'The folder that holds the backups; "backups" below the repo root unless given.'
        IntegrityKey = 'The key that signs and verifies, in place of BACKUP_METADATA_HMAC_KEY. Older keys in BACKUP_METADATA_HMAC_KEY_PREVIOUS still verify.'
        Id           = 'The id of the backup, as Get-PostryBackup lists it.'
        BackupFile   = 'The path of the backup''s artefact or of its manifest, inside the backup root or not.'
        Latest       = 'The newest good backup of the database. Where backups of several databases fit, name one with -Database.'
        Before       = 'The newest good backup taken before this time. A time without a zone is local; -Verbose says what it is in UTC.'
        Database     = 'The logical name of the database whose backups are meant.'
        Force        = 'Does not ask. It skips the question, never a refusal.'
        WhatIf       = 'Does nothing, says what would be done, and returns the plan.'
        Confirm      = 'Asks before anything is done. -Confirm:$false, written on this command, is consent; an inherited $ConfirmPreference is not.'
    }
}
