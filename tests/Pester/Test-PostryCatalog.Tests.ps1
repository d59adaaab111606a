BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    . (Join-Path $PSScriptRoot 'JsonSchema.ps1')
}

Describe 'Test-PostryCatalog and Repair-PostryCatalog' {
    BeforeEach {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db -WarningAction Ignore
    }
    AfterEach { Exit-Sandbox }

    It 'finds nothing in a folder that is as it is to be' {
        Test-PostryCatalog | Should -BeNullOrEmpty
        Test-PostryCatalog -Quiet | Should -BeTrue
        Repair-PostryCatalog | Should -BeNullOrEmpty
        { Test-PostryCatalog -BackupRoot ./nowhere } | Should -Throw -ErrorId 'SourceNotFound,*'
    }

    It 'emits findings with the next step, and removes only what was left' {
        Set-Content ./backups/db/abcd1234.partial 'half'
        Set-Content ./backups/notes.txt 'of mine'
        Remove-Item -LiteralPath $Set.ManifestFile
        $findings = Test-PostryCatalog
        $findings.Kind | Should -Be 'Leftover', 'Orphan', 'Foreign'
        $findings.IsProblem | Should -Be $true, $true, $false
        $findings[0].Next | Should -BeLike 'Repair-PostryCatalog*'
        Test-PostryCatalog -Quiet | Should -BeFalse
        (Repair-PostryCatalog -WhatIf).IsRepaired | Should -Be $false, $false, $false
        Test-Path ./backups/db/abcd1234.partial | Should -BeTrue
        (Repair-PostryCatalog | Where-Object IsRepaired).Path | Should -Be $findings[0].Path
        Test-Path ./backups/db/abcd1234.partial | Should -BeFalse
        Test-Path $Set.BackupFile | Should -BeTrue
        ($findings | Out-String -Width 200) | Should -Match 'Orphan +yes'
        $read = $findings[0] | ConvertTo-PostryJson | ConvertFrom-Json -AsHashtable -DateKind String
        Get-Complaint catalogFinding $read | Should -BeNullOrEmpty
    }
}
