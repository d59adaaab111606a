BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')

    # PowerShell may run without the system's cultures: this one is made of what those of Thailand and Arabia do differently.
    function Get-StrangeCulture {
        param([System.Globalization.Calendar] $Calendar)
        $culture = [cultureinfo]::InvariantCulture.Clone()
        [System.Globalization.DateTimeFormatInfo].GetField('calendar', 'NonPublic, Instance').SetValue($culture.DateTimeFormat, $Calendar)
        $culture.NumberFormat.NumberDecimalSeparator = [string][char]0x066B
        $culture.NumberFormat.NumberGroupSeparator = [string][char]0x066C
        $culture
    }
}

Describe 'The culture of the session' {
    BeforeEach {
        Enter-Sandbox
        $script:Before = [cultureinfo]::CurrentCulture
    }
    AfterEach {
        [cultureinfo]::CurrentCulture = $Before
        Exit-Sandbox
    }

    It 'changes no name, no message and no view (<_>)' -ForEach 'ThaiBuddhistCalendar', 'UmAlQuraCalendar' {
        Invoke-Sql ./app.db 'WITH RECURSIVE c(i) AS (SELECT 1000 UNION ALL SELECT i+1 FROM c WHERE i < 3000) INSERT INTO posts(id) SELECT i FROM c'
        $year = [datetime]::UtcNow.Year
        [cultureinfo]::CurrentCulture = Get-StrangeCulture (New-Object "System.Globalization.$_")
        "$([datetime]::UtcNow.ToString('yyyy'))" | Should -Not -Be "$year"
        $said = @(
            Backup-PostryDatabase ./app.db -Verbose 4>&1
            Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 1500'
            Compare-PostryBackup -Latest -Path ./app.db | ForEach-Object Tables | Format-Table | Out-String -Width 200
            (Restore-PostryDatabase -Latest -Path ./app.db -WhatIf).Summary
            ($restore = Restore-PostryDatabase -Latest -Path ./app.db -Force -Verbose 4>&1)
            Get-PostryBackup -Before ([datetime]::UtcNow.AddDays(1)) -Verbose 4>&1 | Format-List | Out-String -Width 200
            Get-PostryPreviousCopy | Format-Table | Out-String -Width 200
        ) | ForEach-Object { "$_" }
        $kept = ($restore | Where-Object { $_.PSObject.Properties['PreviousCopy'] }).PreviousCopy
        Split-Path -Leaf $kept | Should -Match "^app\.db\.previous-$year"
        $text = $said -join "`n"
        $text | Should -Match "taken $year-"
        $text | Should -Match '2,\d\d\d'
        $text | Should -Not -Match '25[67]\d-|144\d-|[\u066B\u066C]'
    }
}
