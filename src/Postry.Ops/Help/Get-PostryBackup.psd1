@{
    Synopsis    = 'Lists the backups of the backup root, newest first.'
    Description = @(
        'Order and age come from the snapshot time in the signed manifest, never from file names or dates. Status says what can be told without reading the artefact: Complete, Suspicious, Unverified (no key, or another one), Tampered, Invalid or Damaged. StatusDetail says why.'
        'Suspicious is a backup that holds much less than the newest good one did when it was made, so that it may be a backup of a loss. Where the newest backup is Suspicious, -Latest is the error SuspiciousBackup, which names both candidates; -Id chooses one of them.'
        'A backup that is not whole, because -Schema, -ExcludeSchema, -ExcludeTableData or -Profile narrowed it, says in Scope what is missing, and lists as "part of" its database. Migration is the schema migration that a PostgreSQL database was at.'
        'The runtime files that were archived with a database belong to its backup: Runtime says how many there are, which patterns no file fitted, and why there are none. Archives that Backup-PostryRuntime made are listed as backups of their own, with Mode runtime; -Latest means them only where -Mode says so.'
        'A backup of the scripts that this module replaces (Legacy is true) is listed by the stamp in its signed file name, which is UTC. It does not tell which database it came from, so that it lists under the name legacy-sqlite or legacy-postgres, and -Latest passes it over unless -Database names it so.'
        'Every condition that is given must hold.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.BackupSet'
    Parameters  = @{
        Id       = 'The ids of the backups to list. One that is not there is an error.'
        Database = 'Only backups of this database. Wildcards are allowed.'
        Label    = 'Only backups with this label. Wildcards are allowed.'
        Mode     = 'Only backups of this database engine; runtime means the archives that Backup-PostryRuntime made.'
        Latest   = 'Only the newest backup that is Complete. Where a newer one is Suspicious, it is an error that names both. Where the backups that fit belong to several databases, name one with -Database.'
        Before   = 'Only backups taken before this time. A time without a zone is local; -Verbose says what it is in UTC.'
        After    = 'Only backups taken at or after this time. A time without a zone is local; -Verbose says what it is in UTC.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryBackup'; Text = 'Lists every backup.' }
        @{ Code = 'Get-PostryBackup -Label before-*'; Text = 'Lists the backups whose label starts with "before-".' }
        @{ Code = '(Get-PostryBackup -Latest).Tables'; Text = 'Shows rows and fingerprint of every table in the newest backup.' }
        @{ Code = '(Get-PostryBackup -Latest).Runtime'; Text = 'Shows what the newest backup has of runtime files.' }
        @{ Code = 'Get-PostryBackup -Mode postgres | Format-List Id, Database, Migration, Scope, Source'; Text = 'Shows of every PostgreSQL backup where it came from, its schema migration, and what is missing in it.' }
        @{ Code = 'Get-PostryBackup -After (Get-Date).AddDays(-1) | Test-PostryBackup'; Text = 'Tests every backup of the last 24 hours.' }
    )
}
