# What Tab offers: from the backup root, fast, and never an error.
BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')

    function Get-Completion {
        param([string] $Line)

        @((TabExpansion2 $Line $Line.Length).CompletionMatches | Where-Object ResultType -EQ ParameterValue)
    }

    # Makes a record of a restore, with its kept copy, older than it is.
    function Edit-Age {
        param([string] $RestoreId, [timespan] $By)

        $file = Get-ChildItem ./backups/restores -Recurse -Filter "*$RestoreId*" -File | Select-Object -First 1
        $text = Get-Content -Raw -LiteralPath $file.FullName
        $moved = [regex]::Replace($text, '"(?<name>startedAt|swappedAt|endedAt)": "(?<time>[^"]+)"', {
            param($match)
            '"{0}": "{1:o}"' -f $match.Groups['name'].Value, ([datetime]::Parse($match.Groups['time'].Value, $null, 'RoundtripKind') - $By)
        })
        Set-Content -LiteralPath $file.FullName -Value $moved
    }
}

Describe 'Completion' {
    BeforeEach {
        Enter-Sandbox
        Add-RuntimeFile
        $script:First = Backup-PostryDatabase ./app.db -Label before-deploy
        $script:Second = Backup-PostryDatabase ./app.db -Database shop
    }
    AfterEach { Exit-Sandbox }

    It 'offers ids of the named database' {
        (Get-Completion 'Restore-PostryDatabase -Database app -Id ').CompletionText | Should -Be $First.Id
        (Get-Completion 'Get-PostryBackup -Database sh* -Id ').CompletionText | Should -Be $Second.Id
        (Get-Completion 'Test-PostryBackup -Id ').CompletionText | Should -Be $Second.Id, $First.Id
    }

    It 'offers the files of the backups, newest first, with what they are' {
        $offered = Get-Completion 'Restore-PostryDatabase -BackupFile '
        $offered.CompletionText | Should -Be $Second.BackupFile, $First.BackupFile
        $offered[1].ToolTip | Should -BeLike "*app, * ago), *, label before-deploy"
        foreach ($typed in "$((Get-Location).ProviderPath)/backups/db/sqlite-app", './backups/db/sqlite-app', 'backups/db/sqlite-app', 'sqlite-app', "'sqlite-app") {
            (Get-Completion "Test-PostryBackup -BackupFile $typed").CompletionText | Should -Be $First.BackupFile -Because $typed
        }
        (Get-Completion 'Remove-PostryBackup -BackupFile ').CompletionText | Should -Contain $First.BackupFile
        (Get-Completion 'Restore-PostryDatabase -Latest -RuntimeBackupFile ').CompletionText | Should -Be $Second.Runtime.File, $First.Runtime.File
        (Get-Completion 'Restore-PostryRuntime -Database app -BackupFile ').CompletionText | Should -Be $First.Runtime.File
    }

    It 'quotes a path that PowerShell would read otherwise' {
        $null = Backup-PostryDatabase ./app.db -BackupRoot './it''s $here' -Label quoted
        $text = (Get-Completion 'Test-PostryBackup -BackupRoot "./it''s `$here" -BackupFile ').CompletionText
        (Invoke-Expression "Test-PostryBackup -BackupFile $text").Id | Should -Be (Get-PostryBackup -BackupRoot './it''s $here').Id
    }

    It 'offers the times of the backups, and each selects what came before it' {
        $offered = Get-Completion 'Restore-PostryDatabase -Before '
        $offered | Should -HaveCount (@($First, $Second | ForEach-Object { $_.SnapshotAt.ToString('s') } | Select-Object -Unique).Count)
        $offered.CompletionText | Should -Match "^'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ'$"
        Start-Sleep -Seconds 1
        $third = Backup-PostryDatabase ./app.db
        $newest = (Get-Completion 'Test-PostryBackup -Database app -Before ')[0]
        $newest.ToolTip | Should -BeLike "$($third.Id)*"
        (Invoke-Expression "Test-PostryBackup -Database app -Level Signature -Before $($newest.CompletionText)").Id | Should -Be $First.Id
        (Get-Completion "Get-PostryBackup -After '20").CompletionText | Should -Contain $newest.CompletionText
    }

    It 'offers the ages that keep the newer copies and remove the older' {
        (Get-Completion 'Remove-PostryPreviousCopy -OlderThan ').CompletionText | Should -Be '1d', '7d', '30d'
        $restores = 1..3 | ForEach-Object { Restore-PostryDatabase -Latest -Database app -Path ./app.db -Force }
        Edit-Age $restores[0].RestoreId ([timespan]::FromDays(3))
        Edit-Age $restores[1].RestoreId ([timespan]::FromHours(5))
        $offered = Get-Completion 'Remove-PostryPreviousCopy -OlderThan '
        $offered.CompletionText | Should -Be '1h', '1d', '7d', '30d'
        ($offered | Where-Object CompletionText -EQ '1h').ToolTip | Should -BeLike '2 of 3 copies, *'
        (Get-Completion 'Remove-PostryPreviousCopy -RestoreId ').CompletionText | Should -Contain $restores[1].RestoreId
        $null = Remove-PostryPreviousCopy -OlderThan 1h -Force
        (Get-PostryPreviousCopy).RestoreId | Should -Be $restores[2].RestoreId
    }

    It 'offers nothing and says nothing where there is nothing, or where what is there is broken: <_>' -ForEach @(
        'Restore-PostryDatabase{0} -BackupFile zz', 'Restore-PostryDatabase{0} -RuntimeBackupFile zz', 'Restore-PostryDatabase{0} -Before zz', 'Backup-PostryDatabase{0} -Schema zz'
        'Backup-PostryDatabase{0} -ExcludeSchema zz', 'Backup-PostryDatabase{0} -ExcludeTableData zz', "Backup-PostryDatabase{0} -DatabaseUrl 'host=x nonsense=1' -Schema ", 'Test-PostryBackup{0} -Id zz'
    ) {
        $before = $global:Error.Count
        foreach ($root in ' -BackupRoot ./none', ' -BackupRoot ./app.db', ' -BackupRoot "`0"') { Get-Completion ($_ -f $root) | Should -BeNullOrEmpty }
        Set-Content ./postry.json '{ "databases": 7 '
        Get-Completion ($_ -f '') | Should -BeNullOrEmpty
        Set-Content ./backups/db/sqlite-bad-20260101T000000Z-aaaaaaaa.db.gz.manifest.json '{'
        Get-Completion ($_ -f '') | Should -BeNullOrEmpty
        $global:Error.Count | Should -Be $before
    }

    It 'offers files, times and ids in a root of sixty backups' {
        Copy-Item -Recurse ./backups ./many
        $index = 0
        foreach ($manifest in Get-ChildItem ./many/db -Filter *.json) {
            $index++
            foreach ($number in 10..39) { Copy-Item $manifest.FullName (Join-Path ./many/db ($manifest.Name -replace '.{8}(?=\.db)', "qqqqq$index$number")) }
        }
        Get-PostryBackup -BackupRoot ./many | Should -HaveCount 62
        foreach ($line in 'Restore-PostryDatabase{0} -BackupFile ', 'Restore-PostryDatabase{0} -Before ', 'Test-PostryBackup{0} -Id ') { Get-Completion ($line -f ' -BackupRoot ./many') | Should -Not -BeNullOrEmpty -Because $line }
    }
}
