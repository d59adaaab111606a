BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'The tags of backups' {
    BeforeAll {
        Enter-Sandbox
        Write-Text ./compose.yaml "services:`n  web:`n    image: shop:2.14`n"
        Copy-Item ./app.db ./other.db
        $script:Old = Backup-PostryDatabase ./app.db -Tag version=v2.13
        $null = Backup-PostryDatabase ./other.db
        Invoke-Sql ./app.db "UPDATE users SET name = 'Grace Hopper' WHERE id = 2"
        $script:State = Get-State
        $script:Before = Backup-PostryDatabase ./app.db -Tag @{ version = 'v2.13'; Number = 7 }
        Invoke-Sql ./app.db "UPDATE users SET name = 'nobody'"
        $script:First = Backup-PostryDatabase ./app.db -Tag version=v2.14, site=berlin
        $script:Newest = Backup-PostryDatabase ./app.db -Tag version=v2.14
    }
    AfterAll { Exit-Sandbox }

    It 'come back with every backup' {
        $Before.Tags.version | Should -Be 'v2.13'
        $Before.Tags['Number'] | Should -Be '7'
        (Get-PostryBackup -Id $First.Id).Tags.Keys | Should -Be 'site', 'version'
        (Get-PostryBackup -Database other).Tags.Count | Should -Be 0
        $First.Deployed.Images[0].Service | Should -Be 'web'
        $First.Deployed.Images.Image | Should -Be 'shop:2.14'
        $First.Deployed.Commit | Should -BeNullOrEmpty
    }

    It 'select: <Name>' -ForEach @(
        @{ Name = 'one tag'; Arguments = { @{ Tag = 'version=v2.14' } }; Expected = { $Newest.Id, $First.Id } }
        @{ Name = 'a wildcard'; Arguments = { @{ Tag = 'VERSION=v2.*' } }; Expected = { $Newest.Id, $First.Id, $Before.Id, $Old.Id } }
        @{ Name = 'several, of which all must fit'; Arguments = { @{ Tag = 'version=v2.*', 'site=b*' } }; Expected = { $First.Id } }
        @{ Name = 'a hashtable'; Arguments = { @{ Tag = @{ version = 'v2.13'; number = 7 } } }; Expected = { $Before.Id } }
        @{ Name = 'a key alone'; Arguments = { @{ Tag = 'site' } }; Expected = { $First.Id } }
        @{ Name = 'no such tag'; Arguments = { @{ Tag = 'site=paris' } }; Expected = { $null } }
        @{ Name = 'a tag of git'; Arguments = { @{ Tag = 'git=*' } }; Expected = { $null } }
        @{ Name = 'a commit'; Arguments = { @{ Commit = 'abcd' } }; Expected = { $null } }
        @{ Name = 'before a tag'; Arguments = { @{ BeforeTag = 'version=v2.14' } }; Expected = { $Before.Id, $Old.Id } }
        @{ Name = 'before a tag of a hashtable'; Arguments = { @{ BeforeTag = @{ version = 'v2.14' } } }; Expected = { $Before.Id, $Old.Id } }
        @{ Name = 'the newest before a tag'; Arguments = { @{ BeforeTag = 'version=v2.14'; Latest = $true } }; Expected = { $Before.Id } }
    ) {
        $arguments = & $Arguments
        (Get-PostryBackup @arguments).Id | Should -Be (& $Expected)
    }

    It 'lead to the newest backup before a version, which is restored' {
        Get-State | Should -Not -Be $State
        $plan = Get-PostryBackup -BeforeTag version=v2.14 | Select-Object -First 1 | Restore-PostryDatabase -Path ./app.db -WhatIf
        $plan.Summary | Should -BeLike "*tags: Number=7, version=v2.13.*this was deployed: image web=shop:2.14.*"
        $record = Get-PostryBackup -BeforeTag version=v2.14 | Select-Object -First 1 | Restore-PostryDatabase -Path ./app.db -Force
        $record.BackupId | Should -Be $Before.Id
        $record.Tags.version | Should -Be 'v2.13'
        Get-State | Should -Be $State
        $record | Format-List | Out-String | Should -Match 'Tags +: Number=7, version=v2.13'
        Get-Complaint restoreRecord $record | Should -BeNullOrEmpty
        Get-Complaint restorePlan $plan | Should -BeNullOrEmpty
    }

    It 'narrow -Latest of the commands that take one backup' {
        (Restore-PostryDatabase -Latest -BeforeTag version=v2.14 -Path ./app.db -WhatIf).Backup.Id | Should -Be $Before.Id
        (Test-PostryBackup -Latest -Database app -BeforeTag @{ version = 'v2.14' }).Id | Should -Be $Before.Id
        (Compare-PostryBackup -Latest -BeforeTag version=v2.14 -Path ./app.db).BackupId | Should -Be $Before.Id
        (Copy-PostryBackup -Latest -Database app -BeforeTag version=v2.14 -Destination ./nas -WhatIf).BackupId | Should -Be $Before.Id
        { Restore-PostryDatabase -Latest -BeforeTag version=v9 -Path ./app.db -Force } | Should -Throw -ErrorId 'SourceNotFound,*'
        { Restore-PostryDatabase -BeforeTag version=v2.14 -Path ./app.db -Force } | Should -Throw
    }

    It 'are in the list, in one backup and in evidence' {
        $First | Format-Table | Out-String -Width 120 | Should -Match 'Complete +site=berlin version=v2.14'
        $list = $First | Format-List | Out-String
        $list | Should -Match 'Tags +: site=berlin, version=v2.14'
        $list | Should -Match 'Images +: web=shop:2.14'
        ($First | Format-Table | Out-String -Width 80) -split "`n" | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 80 }
        Get-Complaint backupSet $First | Should -BeNullOrEmpty
        $report = $First | Test-PostryBackup -Level Restore
        $drill = Get-PostryRestoreDrill -DrillId $report.DrillId
        $drill.Backup.Tags.site | Should -Be 'berlin'
        $drill | Format-List | Out-String | Should -Match 'Tags +: site=berlin, version=v2.14'
        Get-Complaint restoreDrill $drill | Should -BeNullOrEmpty
    }

    It 'are completed' {
        $complete = { param($text) (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText }
        & $complete 'Get-PostryBackup -Tag v' | Should -Be "'version=v2.14'", "'version=v2.13'"
        & $complete 'Get-PostryBackup -BeforeTag s' | Should -Be "'site=berlin'"
        & $complete 'Backup-PostryDatabase ./app.db -Tag N' | Should -Be "'Number=7'"
    }

    It 'are refused before anything is made: <_>' -ForEach 'novalue', 'a b=c', 'git=v1', 'a=', 'url=postgresql://ada:hush@db/app' {
        $count = @(Get-PostryBackup).Count
        $tag = $_
        $problem = { Backup-PostryDatabase ./app.db -Tag $tag } | Should -Throw -ErrorId 'InvalidRequest,*' -PassThru
        "$problem" | Should -Not -Match 'hush'
        { Backup-PostryRuntime -Tag $tag } | Should -Throw -ErrorId 'InvalidRequest,*'
        @(Get-PostryBackup).Count | Should -Be $count
    }

    It 'that no backup has end the search with an error' {
        { Get-PostryBackup -BeforeTag version=v9 } | Should -Throw -ErrorId 'SourceNotFound,*'
        { Get-PostryBackup -Commit main } | Should -Throw -ErrorId 'InvalidRequest,*'
        { Get-PostryBackup -BeforeTag @{ a = 1; b = 2 } } | Should -Throw
        { Get-PostryBackup -Tag '=x' } | Should -Throw -ErrorId 'InvalidRequest,*'
    }
}

Describe 'The commit of backups' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'is that which git names, and finds them' {
        if (-not (Get-Command git -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'this machine lacks git'; return }
        $git = { & git -c user.name=Ada -c user.email=ada@example.org @args 2>&1 | Out-String | ForEach-Object Trim }
        $null = & $git init -q -b main .
        $null = & $git commit -q --allow-empty -m one
        $first = Backup-PostryDatabase ./app.db
        $null = & $git commit -q --allow-empty -m two
        $null = & $git tag v2.14
        $second = Backup-PostryDatabase ./app.db
        $second.Deployed.Commit | Should -Be (& $git rev-parse HEAD)
        $second.Deployed.GitTags | Should -Be 'v2.14'
        $second.Deployed.Branch | Should -Be 'main'
        "$($second.Deployed)" | Should -Be "commit $(& $git rev-parse --short=12 HEAD) (tag v2.14, branch main)"
        (Get-PostryBackup -Commit $first.Deployed.Commit.Substring(0, 8)).Id | Should -Be $first.Id
        (Get-PostryBackup -BeforeTag git=v2.14).Id | Should -Be $first.Id
        $second | Format-Table | Out-String -Width 120 | Should -Match 'Complete +@v2.14'
        $second | Format-List | Out-String -Width 200 | Should -Match "Commit +: $($second.Deployed.Commit), tag v2.14, branch main"
        Get-Complaint backupSet $second | Should -BeNullOrEmpty
    }
}
