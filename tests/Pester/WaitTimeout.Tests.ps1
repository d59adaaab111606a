BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
}

Describe '-WaitTimeout' {
    BeforeEach {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db
        $null = Backup-PostryDatabase ./app.db
        $script:Other = [IO.File]::Open("$PWD/backups/.lock", 'Create', 'ReadWrite', 'None')
        $text = @{ token = 'x'; host = [Environment]::MachineName; processId = 4711; operation = 'Prune'; since = '2026-11-28T03:00:00Z' } | ConvertTo-Json
        $Other.Write([Text.Encoding]::UTF8.GetBytes($text))
        $Other.Flush()
    }
    AfterEach {
        $Other.Dispose()
        Exit-Sandbox
    }

    It 'ends with the name of the holder: <_>' -ForEach 'Backup-PostryDatabase ./app.db', 'Remove-PostryBackup $Set.Id -Force', 'Remove-PostryBackup -Policy -KeepLast 1 -MinimumAge 0s -Force' {
        { & ([scriptblock]::Create("$_ -WaitTimeout 2s -WarningVariable script:heard -WarningAction SilentlyContinue")) } | Should -Throw -ErrorId 'DatabaseBusy,*'
        "$heard" | Should -BeLike '*is in use: *Waiting for up to 2 s.*'
        Get-PostryBackup -Id $Set.Id | Should -Not -BeNullOrEmpty
    }

    It 'goes on when the other one has finished' {
        $job = Start-ThreadJob {
            Start-Sleep -Milliseconds 1500
            [IO.File]::Delete("$using:PWD/backups/.lock")
            ($using:Other).Dispose()
        }
        (Backup-PostryDatabase ./app.db -WaitTimeout 5m -WarningAction SilentlyContinue).Status | Should -Be 'Complete'
        $null = $job | Receive-Job -Wait -AutoRemoveJob
    }

    It 'is in postry.json, too' {
        Set-Content ./postry.json '{ "waitTimeout": "2s" }'
        { Backup-PostryDatabase ./app.db -WarningAction SilentlyContinue } | Should -Throw -ErrorId 'DatabaseBusy,*' -ExpectedMessage "*Prune by process 4711 on $([Environment]::MachineName) since 2026-11-28 03:00:00 UTC.*"
        (Get-PostryConfiguration waitTimeout).Value | Should -Be '2s'
    }
}
