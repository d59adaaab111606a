BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Test-PostryBackup' {
    BeforeEach {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db
    }
    AfterEach { Exit-Sandbox }

    It 'passes a good backup at level <_>' -ForEach 'Signature', 'Artefact', 'Contents', 'Restore' {
        $report = Get-PostryBackup -Latest | Test-PostryBackup -Level $_
        "$($report.Status)" | Should -Be 'Passed'
        "$($report.Level)" | Should -Be $_
        $report.Id | Should -Be $Set.Id
        $report.Checks.Count | Should -BeGreaterThan 0
        $report.Checks[0].Name | Should -Not -BeNullOrEmpty
    }

    It 'tests the contents unless told otherwise' { "$(($Set | Test-PostryBackup).Level)" | Should -Be 'Contents' }

    It 'calls a damaged backup Failed, which is a result and no error' {
        $bytes = [System.IO.File]::ReadAllBytes($Set.BackupFile)
        $bytes[$bytes.Length / 2] = $bytes[$bytes.Length / 2] -bxor 1
        [System.IO.File]::WriteAllBytes($Set.BackupFile, $bytes)
        $report = Get-PostryBackup | Test-PostryBackup -ErrorVariable problems
        "$($report.Status)" | Should -Be 'Failed'
        $problems | Should -BeNullOrEmpty
        ($report.Checks | Where-Object Status -EQ Failed).Name | Should -Contain 'SHA-256'
    }

    It 'shows every check in the list, one a line, and what is wrong with it' {
        $Set | Test-PostryBackup | Format-List | Out-String -Width 200 | Should -Match '(?m)^ +Passed +Integrity check\r?$'
        Set-Content -LiteralPath $Set.BackupFile -Value 'short'
        $Set | Test-PostryBackup | Format-List | Out-String -Width 200 | Should -Match '(?m)^ +Failed +Size: 6 bytes'
    }

    It 'keeps its table within 80 columns' {
        ($Set | Test-PostryBackup | Format-Table | Out-String -Width 80) -split '\r?\n' | Where-Object { $_ -match 'Id +Level' } | Should -Match 'Duration Database$'
    }

    It 'calls a changed manifest Failed' {
        $text = [System.IO.File]::ReadAllText($Set.ManifestFile)
        [System.IO.File]::WriteAllText($Set.ManifestFile, $text.Replace('"app"', '"apq"'))
        "$((Test-PostryBackup -BackupFile $Set.BackupFile).Status)" | Should -Be 'Failed'
    }

    It 'chooses by <Name>' -ForEach @(
        @{ Name = '-Id'; Arguments = { @{ Id = $Set.Id } } }
        @{ Name = '-BackupFile'; Arguments = { @{ BackupFile = $Set.BackupFile } } }
        @{ Name = '-Latest'; Arguments = { @{ Latest = $true } } }
        @{ Name = '-Latest -Database'; Arguments = { @{ Latest = $true; Database = 'app' } } }
        @{ Name = '-Before'; Arguments = { @{ Before = [datetime]::UtcNow.AddMinutes(1) } } }
    ) {
        $arguments = & $Arguments
        (Test-PostryBackup -Level Artefact @arguments).Id | Should -Be $Set.Id
    }

    It 'takes several sets by value and by pipeline, and ids by property name' {
        $null = Backup-PostryDatabase ./app.db
        (Test-PostryBackup -InputObject (Get-PostryBackup) -Level Signature) | Should -HaveCount 2
        (Get-PostryBackup | Test-PostryBackup -Level Signature) | Should -HaveCount 2
        ([pscustomobject]@{ Id = $Set.Id } | Test-PostryBackup -Level Signature).Id | Should -Be $Set.Id
        ($Set | Test-PostryBackup -Level Signature | Test-PostryBackup -Level Artefact).Id | Should -Be $Set.Id
    }

    It 'finds piped sets of another backup root' {
        Move-Item ./backups ./moved
        "$((Get-PostryBackup -BackupRoot ./moved | Test-PostryBackup).Status)" | Should -Be 'Passed'
    }

    It 'refuses what is no backup' {
        { 'text' | Test-PostryBackup -ErrorAction Stop } | Should -Throw -ErrorId '*,Postry.Ops.Commands.TestPostryBackupCommand'
        { Test-PostryBackup -InputObject ([pscustomobject]@{ A = 1 }) } | Should -Throw -ErrorId 'MismatchedPSTypeName,*'
    }

    It 'reports an unknown id as an error' { { Test-PostryBackup -Id nosuchid -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' }

    It 'leaves nothing but its evidence behind at level Restore' {
        $before = (Get-ChildItem -Recurse -Force).FullName -notmatch '[\\/]drills([\\/]|$)'
        $report = $Set | Test-PostryBackup -Level Restore
        # The folder of leases stays, empty: each test adds its lease there, and takes it away.
        (Get-ChildItem -Recurse -Force).FullName -notmatch '[\\/](drills([\\/]|$)|\.leases$)' | Should -Be $before
        (Get-ChildItem -Force ./backups/drills/*$($report.DrillId)*).Extension | Sort-Object | Should -Be '.json', '.md'
        (Get-ChildItem -Force ./backups/drills).Extension | Sort-Object -Unique | Should -Be '.json', '.md'
        Get-PostryRestore | Should -BeNullOrEmpty
    }
}
