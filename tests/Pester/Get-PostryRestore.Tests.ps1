BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Get-PostryRestore' {
    BeforeAll {
        Enter-Sandbox
        Add-SampleDatabase ./shop.db -Posts 3
        $null = Backup-PostryDatabase ./app.db
        $null = Backup-PostryDatabase ./shop.db
        $script:First = Restore-PostryDatabase -Latest -Path ./app.db -Force
        Start-Sleep -Milliseconds 20
        $script:Second = Restore-PostryDatabase -Latest -Path ./shop.db -Force
    }
    AfterAll { Exit-Sandbox }

    It 'lists the newest first' { (Get-PostryRestore).RestoreId | Should -Be $Second.RestoreId, $First.RestoreId }

    It 'narrows by id, path and -Latest' {
        (Get-PostryRestore $First.RestoreId).RestoreId | Should -Be $First.RestoreId
        (Get-PostryRestore -Path ./app.db).RestoreId | Should -Be $First.RestoreId
        (Get-PostryRestore -Latest).RestoreId | Should -Be $Second.RestoreId
    }

    It 'reports an id that is not there' { { Get-PostryRestore nosuchid -ErrorAction Stop } | Should -Throw -ErrorId 'SourceNotFound,*' }

    It 'shows every check in the list, one a line' {
        $list = Get-PostryRestore -Latest | Format-List | Out-String -Width 200
        $list | Should -Match 'SwappedAt +: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ'
        $list | Should -Match '(?m)^ +Passed +Table posts'
        $list | Should -Not -Match 'Check \{'
    }

    It 'shows a short table' { Get-PostryRestore | Format-Table | Out-String -Width 160 | Should -Match "$($First.RestoreId).*Committed.*app\.db" }
}
