BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Get-PostryConfiguration' {
    BeforeEach { Enter-Sandbox }
    AfterEach {
        $env:POSTRY_BACKUP_ROOT = $env:POSTRY_OBJECTIVES_RPO = $null
        Exit-Sandbox
    }

    It 'shows each value with the place that won' {
        Set-Content ./postry.json "{`n  `"backupRoot`": `"written`",`n  `"objectives`": { `"rpo`": `"6h`" }`n}"
        $here = (Get-Location).ProviderPath
        $setting = Get-PostryConfiguration BackupRoot
        $setting.PSTypeNames[0] | Should -Be 'Postry.Ops.Engine.Configuration.EffectiveSetting'
        "$($setting.Value) $($setting.Source) $($setting.Detail)" | Should -Be "$here/written File postry.json, line 2"
        "$((Get-PostryConfiguration objectives.rpo).Value) $((Get-PostryConfiguration objectives.rto).Source)" | Should -Be '6h Default'
        $env:POSTRY_OBJECTIVES_RPO = '2h'
        (Get-PostryConfiguration objectives.rpo).Detail | Should -Be 'POSTRY_OBJECTIVES_RPO'
        $env:POSTRY_BACKUP_ROOT = 'varied'
        "$((Get-PostryConfiguration BackupRoot).Source)" | Should -Be 'Environment'
        "$((Get-PostryConfiguration BackupRoot -BackupRoot ./given).Source)" | Should -Be 'Parameter'
        (Get-PostryConfiguration -Name 'objectives.*').Name | Should -Contain 'objectives.disk.warnUsed'
    }

    It 'has a view of four columns' {
        $head = Get-PostryConfiguration | Format-Table | Out-String -Width 200
        $head | Should -Match 'Name +Value +Source +Detail'
        Get-PostryConfiguration objectives.rpo | Format-Table | Out-String -Width 80 | Should -Match 'Name +Value +Source +Detail'
    }

    It 'says that there is no setting of a name, and shows the others' {
        $found = Get-PostryConfiguration objectives.rop, objectives.rto, nothing.* -ErrorVariable errors -ErrorAction SilentlyContinue
        $found.Name | Should -Be 'objectives.rto'
        $errors.FullyQualifiedErrorId | Should -Be 'SourceNotFound,Postry.Ops.Commands.GetPostryConfigurationCommand'
        $errors.TargetObject | Should -Be 'objectives.rop'
    }

    It 'completes names' {
        $line = 'Get-PostryConfiguration objectives.r'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'objectives.rpo', 'objectives.rto'
    }

    It 'never shows a secret' {
        $env:DATABASE_URL = $env:SHOP_URL = 'postgresql://scott:hunter2@db.example.org/shop'
        $env:BACKUP_METADATA_HMAC_KEY_PREVIOUS = 'hunter2'
        Set-Content ./postry.json '{ "databases": { "shop": { "urlVariable": "SHOP_URL", "hooks": { "beforeSwap": "PGPASSWORD=hunter2 psql" } } } }'
        $all = Get-PostryConfiguration -Verbose 4>&1
        "$($all | Format-List * | Out-String -Width 500)" | Should -Not -Match "hunter2|$TestKey"
        ($all | Where-Object Name -EQ 'DatabaseUrl').Value | Should -Be 'postgresql://scott:***@db.example.org:5432/shop'
        $env:SHOP_URL = $env:BACKUP_METADATA_HMAC_KEY_PREVIOUS = $null
    }

    It 'lists every problem with its place and the nearest name' {
        Set-Content ./postry.json "{`n  `"retension`": { },`n  `"databases`": { `"app`": { `"paht`": 1 } }`n}"
        $caught = try { Get-PostryConfiguration 3>&1; $null } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'ConfigurationInvalid,*'
        "$($caught.CategoryInfo.Category)" | Should -Be 'InvalidData'
        "$($caught.Exception.Message)" | Should -Match "postry\.json:2:3: .*'retention'"
        "$($caught.Exception.Message)" | Should -Match "postry\.json:3:27: .*'path'"
        $caught.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}

Describe 'A postry.json that is wrong' {
    BeforeEach {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db
        Set-Content ./postry.json '{ "databases": { "app": { "path": "app.db" } }, "notificatons": { } }'
    }
    AfterEach { Exit-Sandbox }

    It 'stops a backup that uses it, without a word beside the error' {
        { Backup-PostryDatabase -Database app -WarningAction Stop } | Should -Throw -ErrorId 'ConfigurationInvalid,*' -ExpectedMessage "*postry.json:1:49: *'notifications'*"
        { Backup-PostryDatabase -WarningAction Stop } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
    }

    It 'does not lock out who does not need what is wrong: a warning says where it is' {
        (Backup-PostryDatabase ./app.db -WarningVariable warnings -WarningAction SilentlyContinue).Database | Should -Be 'app'
        "$warnings" | Should -BeLike "*postry.json:1:49: *'notifications'*"
        "$((Restore-PostryDatabase -Latest -Database app -Force -WarningAction SilentlyContinue).Status)" | Should -Be 'Committed'
        "$((Undo-PostryRestore -Latest -Force -WarningAction SilentlyContinue).Status)" | Should -Be 'Undone'
        (Get-PostryBackup -WarningAction SilentlyContinue).Count | Should -Be 2
    }

    It 'never makes a default of what a command needs: <Text>' -ForEach @(
        @{ Text = '{ "backupRot": "elsewhere" }' }
        @{ Text = '{ "backupRoot": "elsewhere",' }
    ) {
        Set-Content ./postry.json $Text
        { Restore-PostryDatabase -Latest ./app.db -Force } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        { Get-PostryBackup } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        $record = Restore-PostryDatabase -Id $Set.Id -Path ./app.db -BackupRoot ./backups -Force -WarningVariable warnings -WarningAction SilentlyContinue
        "$($record.Status)" | Should -Be 'Committed'
        "$warnings" | Should -BeLike '*postry.json:*'
    }

    It 'is not used where the entry that is needed is wrong' {
        Set-Content ./postry.json '{ "databases": { "app": { "path": "app.db", "hook": { } } } }'
        { Restore-PostryDatabase -Latest -Database app -Force } | Should -Throw -ErrorId 'ConfigurationInvalid,*' -ExpectedMessage "*'hooks'*"
        { Compare-PostryBackup -Latest -Database app } | Should -Throw -ErrorId 'ConfigurationInvalid,*'
        "$((Restore-PostryDatabase -Latest ./app.db -Force -WarningAction SilentlyContinue).Status)" | Should -Be 'Committed'
    }
}
