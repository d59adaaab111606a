@{
    Synopsis    = 'Lists the backups of the backup root, newest first.'
    Description = @(
        'Order and age come from the snapshot time in the signed manifest, never from file names or dates. Status is known without reading the artefact: Complete, Suspicious, Unverified (no key, or another one), Tampered, Invalid or Damaged. StatusDetail says why. With -Status Orphan it also lists artefacts that have no manifest, which are no backups.'
        'A backup is Suspicious if it holds much less than the newest good backup before it: it may have been made after a loss of data. If the newest backup is Suspicious, -Latest ends with the error SuspiciousBackup, which names both candidates; select one with -Id.'
        'A backup that was made with -Schema, -ExcludeSchema, -ExcludeTableData or -Profile is not the whole database. Scope names the missing parts, and the list shows "part of" before the name of the database. Migration is the schema migration that a PostgreSQL database was at.'
        'The runtime files that were archived with a database belong to its backup: Runtime says how many there are, which patterns no file matched, and why there are none. Archives that Backup-PostryRuntime made are listed as backups of their own, with Mode runtime; -Latest selects them only with -Mode runtime.'
        'A backup of the scripts that this module replaces (Legacy is true) is listed by the stamp in its signed file name, which is UTC. Such a backup does not name its database, so it is listed as legacy-sqlite or legacy-postgres, and -Latest ignores it unless -Database gives that name.'
        'ProvenAt is the time of the newest restore drill, or test at level Restore, that restored these very bytes and compared their rows; ProvenBy is its id, and Proven says whether there is one. They follow from signed evidence each time, so that evidence which was removed or changed proves nothing.'
        'Pinned says that nothing removes the backup (Set-PostryBackup); PinnedUntil, PinNote and PinnedBy say until when, why, and who pinned it. PinProblem says why a pin cannot be trusted; its backup is kept.'
        'Tags are those that the operator gave to the backup. Deployed is the version of the application that the repo root held then: Commit, Branch, GitTags and Images (docs/deployed.md); it is null if there was no sign of any.'
        'With several conditions, only backups that meet all of them are listed.'
    )
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Model.BackupSet'
    Parameters  = @{
        Id       = 'The ids of the backups to list. An unknown id is an error.'
        Database = 'Lists only backups of this database. Wildcards are allowed.'
        Label    = 'Lists only backups with this label. Wildcards are allowed.'
        Mode     = 'Lists only backups of this database engine; runtime means the archives that Backup-PostryRuntime made.'
        NewerThan   = 'Lists only backups that are younger than this: a duration such as 12h or 7d, or a TimeSpan.'
        OlderThan   = 'Lists only backups that are older than this: a duration such as 12h or 7d, or a TimeSpan.'
        MinimumSize = 'Lists only backups of at least so many bytes, such as 10MB; the runtime files do not count.'
        MaximumSize = 'Lists only backups of at most so many bytes.'
        Status      = 'Lists only backups with one of these statuses. Legacy means those of the old scripts, and Quarantined those whose time lies in the future, whatever their status.'
        Proven      = 'Lists only backups that a restore drill, or a test at level Restore, has brought back; -Proven:$false only the others.'
        Pinned      = 'Lists only pinned backups; -Pinned:$false only the others.'
        Tag      = 'Lists only backups that have all of these tags: texts such as version=v2.*, or a hashtable such as @{ version = ''v2.*'' }. Wildcards are allowed in values, capitals do not count, and a key alone means any value. The key git stands for the tags of git: git=v2.14.'
        Commit   = 'Lists only backups that were made at the commit that begins with these digits; four at least.'
        BeforeTag = 'Lists only backups that are older than the first backup of their database with this tag, which is written as for -Tag. If no backup has it, this is an error.'
        Latest   = 'Lists only the newest backup that is Complete. If a newer one is Suspicious, this is an error that names both. If the backups belong to several databases, name one with -Database.'
        Before   = 'Lists only backups taken before this time. A time without a zone is local; -Verbose shows it in UTC.'
        After    = 'Lists only backups taken at or after this time. A time without a zone is local; -Verbose shows it in UTC.'
    }
    Examples    = @(
        @{ Code = 'Get-PostryBackup'; Text = 'Lists every backup.' }
        @{ Code = 'Get-PostryBackup -Label before-*'; Text = 'Lists the backups whose label starts with "before-".' }
        @{ Code = '(Get-PostryBackup -Latest).Tables'; Text = 'Shows rows and fingerprint of every table in the newest backup.' }
        @{ Code = '(Get-PostryBackup -Latest).Runtime'; Text = 'Shows the runtime files of the newest backup.' }
        @{ Code = 'Get-PostryBackup -Mode postgres | Format-List Id, Database, Migration, Scope, Source'; Text = 'Shows the source, the schema migration and the missing parts of every PostgreSQL backup.' }
        @{ Code = 'Get-PostryBackup -After (Get-Date).AddDays(-1) | Test-PostryBackup'; Text = 'Tests every backup of the last 24 hours.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -Tag version=v2.14; Get-PostryBackup -Tag version=v2.*, git=*'; Text = 'Lists the backups of these versions that were made at a tag of git.' }
        @{ Code = 'Backup-PostryDatabase ./app.db -Tag version=v2.14; Get-PostryBackup -BeforeTag version=v2.14 -Database app | Select-Object -First 1 | Restore-PostryDatabase -Path ./app.db -WhatIf'; Text = 'Makes a backup of a new version, and shows what restoring the newest backup before that version would do. With a tag of git, write git=v2.14.' }
        @{ Code = 'Get-PostryBackup -Status Suspicious, Damaged, Tampered -NewerThan 30d'; Text = 'Lists the backups of the last 30 days that need a look.' }
        @{ Code = 'Get-PostryBackup -Database app -Proven'; Text = 'Lists the proven backups of a database. Select-Object -First 1 takes the newest, and Restore-PostryDatabase restores it.' }
    )
    Related     = 'Backup-PostryDatabase', 'Test-PostryBackup', 'Set-PostryBackup', 'Remove-PostryBackup', 'about_Postry.Ops'
}
