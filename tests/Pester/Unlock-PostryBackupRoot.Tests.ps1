BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Unlock-PostryBackupRoot' {
    BeforeEach { Enter-Sandbox }
    AfterEach { Exit-Sandbox }

    It 'says nothing where there is no lock' { Unlock-PostryBackupRoot | Should -BeNullOrEmpty }

    It 'removes the lock of another host, which stands in the way until then, and returns what it said' {
        $null = Backup-PostryDatabase ./app.db
        $lock = @{ token = 't'; host = 'another-host'; processId = 4711; operation = 'Backup'; since = '2026-03-01T02:00:00Z' } | ConvertTo-Json
        Set-Content -LiteralPath ./backups/.lock -Value $lock
        { Backup-PostryDatabase ./app.db -ErrorAction Stop } | Should -Throw -ErrorId 'DatabaseBusy,*' -ExpectedMessage '*another-host*'
        Unlock-PostryBackupRoot -WhatIf | Should -BeNullOrEmpty
        { Backup-PostryDatabase ./app.db -ErrorAction Stop } | Should -Throw -ErrorId 'DatabaseBusy,*'
        Unlock-PostryBackupRoot | Should -BeLike '*4711*another-host*'
        (Backup-PostryDatabase ./app.db).Database | Should -Be 'app'
    }
}
