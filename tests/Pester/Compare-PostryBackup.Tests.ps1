BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Compare-PostryBackup' {
    BeforeEach {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db
    }
    AfterEach { Exit-Sandbox }

    It 'says Equal where nothing has changed' {
        $comparison = Compare-PostryBackup -Latest -Path ./app.db
        "$($comparison.Status)" | Should -Be 'Equal'
        $comparison.BackupId | Should -Be $Set.Id
    }

    It 'shows table by table what a restore would bring back and lose' {
        Invoke-Sql ./app.db "DELETE FROM posts WHERE id > 150; UPDATE users SET name = 'Eve' WHERE id = 1; CREATE TABLE extra(x); INSERT INTO extra VALUES (1)"
        $comparison = $Set | Compare-PostryBackup ./app.db
        $tables = @{}
        $comparison.Tables | ForEach-Object { $tables[$_.Name] = $_ }
        "$($comparison.Status)" | Should -Be 'Different'
        $tables.posts.LiveRows | Should -Be 150
        $tables.posts.BackupRows | Should -Be 200
        "$($tables.users.Difference)" | Should -Be 'Different'
        "$($tables.extra.Difference)" | Should -Be 'OnlyInLive'
        $comparison.Schema.Name | Should -Contain 'extra'
        $comparison | Format-Table | Out-String -Width 160 | Should -BeLike "*$($comparison.Summary.Substring(0, 20))*"
    }

    It 'lists what differs beside rows and definitions' {
        Invoke-Sql ./app.db 'PRAGMA user_version = 8'
        $comparison = $Set | Compare-PostryBackup ./app.db
        "$($comparison.Status)" | Should -Be 'Different'
        $comparison.Properties | Should -HaveCount 1
        $property = $comparison.Properties[0]
        $property.Kind, $property.Name, $property.LiveValue, $property.BackupValue | Should -Be 'database', 'user_version', '8', '0'
        $comparison.Properties | Format-Table | Out-String | Should -BeLike '*user_version*8*0*'
        $comparison.NotCompared | Should -HaveCount 0
    }

    It 'changes nothing' {
        $hash = (Get-FileHash ./app.db).Hash
        $null = Compare-PostryBackup -Id $Set.Id -Path ./app.db
        (Get-FileHash ./app.db).Hash | Should -Be $hash
    }
}
