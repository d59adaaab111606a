BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Get-PostryBackup' {
    BeforeAll {
        Enter-Sandbox
        Copy-Item ./app.db ./shop.db
        $script:First = Backup-PostryDatabase ./app.db -Label nightly-1
        Start-Sleep -Milliseconds 20
        $script:Second = Backup-PostryDatabase ./app.db -Label nightly-2
        Start-Sleep -Milliseconds 20
        $script:Shop = Backup-PostryDatabase ./shop.db -Label manual
    }
    AfterAll { Exit-Sandbox }

    It 'lists the newest first, as the type that a backup emits' {
        (Get-PostryBackup).Id | Should -Be $Shop.Id, $Second.Id, $First.Id
        (Get-PostryBackup)[0].PSTypeNames[0] | Should -Be $Shop.PSTypeNames[0]
    }

    It 'narrows by <Name>' -ForEach @(
        @{ Name = 'id'; Arguments = { @{ Id = $First.Id } }; Expected = { $First.Id } }
        @{ Name = 'several ids'; Arguments = { @{ Id = $First.Id, $Shop.Id } }; Expected = { $Shop.Id, $First.Id } }
        @{ Name = 'database'; Arguments = { @{ Database = 'sh*' } }; Expected = { $Shop.Id } }
        @{ Name = 'label'; Arguments = { @{ Label = 'nightly-*' } }; Expected = { $Second.Id, $First.Id } }
        @{ Name = 'mode'; Arguments = { @{ Mode = 'sqlite'; Label = 'manual' } }; Expected = { $Shop.Id } }
        @{ Name = 'time before'; Arguments = { @{ Before = $Second.SnapshotAt } }; Expected = { $First.Id } }
        @{ Name = 'time after'; Arguments = { @{ After = $Second.SnapshotAt } }; Expected = { $Shop.Id, $Second.Id } }
        @{ Name = 'age'; Arguments = { @{ NewerThan = '1h'; Label = 'manual' } }; Expected = { $Shop.Id } }
        @{ Name = 'age, a TimeSpan'; Arguments = { @{ NewerThan = [timespan]::FromHours(1); Label = 'manual' } }; Expected = { $Shop.Id } }
        @{ Name = 'age without any'; Arguments = { @{ OlderThan = '1h' } }; Expected = { $null } }
        @{ Name = 'least size'; Arguments = { @{ MinimumSize = $Shop.SizeBytes; Database = 'shop' } }; Expected = { $Shop.Id } }
        @{ Name = 'most size'; Arguments = { @{ MaximumSize = $Shop.SizeBytes - 1; Database = 'shop' } }; Expected = { $null } }
        @{ Name = 'status'; Arguments = { @{ Status = 'complete', 'Damaged'; Database = 'shop' } }; Expected = { $Shop.Id } }
        @{ Name = 'status without any'; Arguments = { @{ Status = 'Suspicious', 'Legacy', 'Quarantined' } }; Expected = { $null } }
        @{ Name = 'not proven'; Arguments = { @{ Proven = $false; Database = 'shop' } }; Expected = { $Shop.Id } }
        @{ Name = 'proven'; Arguments = { @{ Proven = $true } }; Expected = { $null } }
        @{ Name = 'not pinned'; Arguments = { @{ Pinned = $false; Database = 'shop' } }; Expected = { $Shop.Id } }
        @{ Name = 'pinned'; Arguments = { @{ Pinned = $true } }; Expected = { $null } }
        @{ Name = 'latest of a database'; Arguments = { @{ Latest = $true; Database = 'app' } }; Expected = { $Second.Id } }
    ) {
        $arguments = & $Arguments
        (Get-PostryBackup @arguments).Id | Should -Be (& $Expected)
    }

    It 'takes a time without zone as local and echoes it in UTC' {
        $local = [datetime]::SpecifyKind($Second.SnapshotAt.ToLocalTime(), 'Unspecified')
        $messages = @(Get-PostryBackup -Before $local -Database app -Verbose 4>&1)
        ($messages | Where-Object { $_ -isnot [System.Management.Automation.VerboseRecord] }).Id | Should -Be $First.Id
        "$messages" | Should -BeLike ('*{0:yyyy-MM-dd HH:mm:ss}Z*' -f $Second.SnapshotAt)
    }

    It 'calls -Latest over several databases ambiguous' {
        { Get-PostryBackup -Latest -ErrorAction Stop } | Should -Throw -ErrorId 'AmbiguousBackup,*'
    }

    It 'reports that -Latest finds nothing, so that a test piped from it cannot pass in silence' {
        $reports = Get-PostryBackup -Latest -Database nosuch -ErrorVariable problems -ErrorAction SilentlyContinue | Test-PostryBackup
        $reports | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
    }

    It 'reports an id that is not there' {
        $found = Get-PostryBackup -Id $First.Id, 'nosuchid' -ErrorVariable problems -ErrorAction SilentlyContinue
        $found.Id | Should -Be $First.Id
        $problems.FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
        $problems.TargetObject | Should -Be 'nosuchid'
    }

    It 'lists sets as Unverified without a key' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        try { (Get-PostryBackup).Status | ForEach-Object { "$_" } | Select-Object -Unique | Should -Be 'Unverified' }
        finally { $env:BACKUP_METADATA_HMAC_KEY = $TestKey }
    }

    It 'says with -Latest that the key is missing, or another' {
        $env:BACKUP_METADATA_HMAC_KEY = $null
        try {
            { Get-PostryBackup -Latest -Database app } | Should -Throw -ErrorId 'IntegrityKeyMissing,*' -ExpectedMessage '*key is missing*genuine*'
            $env:BACKUP_METADATA_HMAC_KEY = 'another key that is long enough to be one'
            { Get-PostryBackup -Latest -Database app } | Should -Throw -ErrorId 'WrongKey,*' -ExpectedMessage '*another key*genuine*'
        }
        finally { $env:BACKUP_METADATA_HMAC_KEY = $TestKey }
        { Get-PostryBackup -Latest -BackupRoot ./none } | Should -Throw -ErrorId 'SourceNotFound,*' -ExpectedMessage 'No good backup in*'
    }

    It 'lists nothing in a root without backups' { Get-PostryBackup -BackupRoot ./none | Should -BeNullOrEmpty }

    It 'stops when the pipeline has enough' { (Get-PostryBackup | Select-Object -First 1).Id | Should -Be $Shop.Id }

    It 'completes ids, databases and labels' {
        $complete = { param($text) (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText }
        & $complete 'Get-PostryBackup -Id ' | Should -Be $Shop.Id, $Second.Id, $First.Id
        & $complete "Get-PostryBackup -Id $($First.Id.Substring(0, 4))" | Should -Be $First.Id
        & $complete 'Test-PostryBackup -Id ' | Should -Contain $Second.Id
        $text = "Get-PostryBackup -Id $($First.Id)"
        (TabExpansion2 $text $text.Length).CompletionMatches.ToolTip | Should -BeLike "app, $($First.SnapshotAt.ToString('yyyy-MM-dd HH:mm:ss')) UTC (* ago), * KB, label nightly-1"
        & $complete 'Get-PostryBackup -Status Q' | Should -Be 'Quarantined'
        & $complete 'Get-PostryBackup -Database ' | Should -Be 'shop', 'app'
        & $complete 'Get-PostryBackup -Label n' | Should -Be 'nightly-2', 'nightly-1'
        & $complete 'Restore-PostryDatabase -Latest -Database a' | Should -Be 'app'
    }

    It 'completes nothing, quietly, where there is nothing' {
        $before = $global:Error.Count
        $text = 'Get-PostryBackup -BackupRoot ./none -Id zz'
        (TabExpansion2 $text $text.Length).CompletionMatches | Where-Object CompletionText -Like 'zz*' | Should -BeNullOrEmpty
        $global:Error.Count | Should -Be $before
    }

    It 'shows a short table with sizes and times that a person reads' {
        $text = Get-PostryBackup -Id $First.Id | Format-Table | Out-String -Width 120
        $text | Should -Match 'KB'
        $text | Should -Match ('{0:yyyy-MM-dd HH:mm:ss}Z' -f $First.SnapshotAt)
        $text | Should -Match 'Complete'
        # Narrow terminals still have room for a label.
        Get-PostryBackup -Id $First.Id | Format-Table | Out-String -Width 80 | Should -Match 'Status +Label'
    }
}

Describe 'What Get-PostryBackup tells of proof' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'finds the newest proven backup, which can be restored' {
        $proven = Backup-PostryDatabase ./app.db
        $null = $proven | Test-PostryBackup -Level Restore
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 100'
        $newest = Backup-PostryDatabase ./app.db -AcceptSmaller
        $newest.Proven | Should -BeFalse
        (Get-PostryBackup -Proven).Id | Should -Be $proven.Id
        (Get-PostryBackup -Proven:$false).Id | Should -Be $newest.Id
        (Get-PostryBackup -Latest -Proven).Id | Should -Be $proven.Id
        $record = Get-PostryBackup -Database app | Where-Object Proven | Select-Object -First 1 | Restore-PostryDatabase -Path ./app.db -Force
        $record.BackupId | Should -Be $proven.Id
        $record.Status | Should -Be 'Committed'
        # A backup that is not as it was signed is not proven, whatever was so once.
        Add-Content -LiteralPath $proven.BackupFile -Value 'x'
        Get-PostryBackup -Proven | Should -BeNullOrEmpty
        (Get-PostryBackup -Status Damaged).Id | Should -Be $proven.Id
        { Get-PostryBackup -Id $proven.Id -Status Complete -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' -ExpectedMessage '*meets all conditions*'
    }

    It 'lists artefacts without a manifest only where it is asked for them' {
        $set = Backup-PostryDatabase ./app.db
        Remove-Item -LiteralPath $set.ManifestFile
        Get-PostryBackup | Should -BeNullOrEmpty
        $orphan = Get-PostryBackup -Status Orphan
        $orphan.BackupFile | Should -Be $set.BackupFile
        "$($orphan.Status) $($orphan.SizeBytes)" | Should -Be "Orphan $($set.SizeBytes)"
        { $orphan | Restore-PostryDatabase -Path ./app.db -Force -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' -ExpectedMessage '*no manifest*'
    }
}
