# The monthly restore exercise, the way an operator does it: a small real application with its back end, front end and monitoring; a drill
# with evidence for the auditor; the loss of the database in the test environment, and its restore, with smoke checks that decide; the status
# before and after. The steps build on one another.
BeforeAll {
    . (Join-Path (Split-Path -Parent $PSScriptRoot) 'Common.ps1')

    function Get-FreePort {
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $listener.LocalEndpoint.Port
        $listener.Stop()
    }

    Enter-Sandbox
    $script:BackEnd = "http://127.0.0.1:$($backPort = Get-FreePort; $backPort)"
    $script:FrontEnd = "http://127.0.0.1:$($frontPort = Get-FreePort; $frontPort)"
    $env:MONITORING_TOKEN = 'a token that only the application and the operator know'
    Write-Text ./.env "SECRET_KEY=hush-exercise`n"
    Write-Text ./postry.json (@{
            databases = @{ app = @{ path = 'app.db' } }
            smoke     = @{
                http       = @(@{ name = 'health'; url = "$BackEnd/health" }, @{ name = 'posts'; url = "$BackEnd/posts"; json = @(@{ path = '$.count'; atLeast = 1 }); after = @('health') })
                pages      = @(@{ name = 'front end'; url = "$FrontEnd/"; expectText = 'Welcome' })
                tables     = @(@{ table = 'posts'; columns = @('user_id', 'email', 'status'); atLeastBackup = $true })
                sql        = @(@{ name = 'statuses'; query = "SELECT status, count(*) FROM posts WHERE status NOT IN ('published', 'draft') GROUP BY status"; expectRows = $false })
                monitoring = @{ url = "$BackEnd/v1/ops/monitoring/operational-summary?window=24h"; bearerTokenVariable = 'MONITORING_TOKEN' }
            }
        } | ConvertTo-Json -Depth 6)
    $command = @(Get-PowerShellCommand)
    $arguments = @($command | Select-Object -Skip 1) + '-NoProfile', '-File', (Join-Path $PSScriptRoot 'Start-Application.ps1'),
        '-Database', (Join-Path (Get-Location).ProviderPath 'app.db'), '-BackEnd', $backPort, '-FrontEnd', $frontPort, '-ModuleFolder', (Split-Path -Parent $StagedModule)
    $script:Application = Start-Process -FilePath $command[0] -ArgumentList $arguments -PassThru -RedirectStandardOutput (Join-Path $TestDrive 'application.txt')
}
AfterAll {
    Stop-Process -Id $Application.Id -Force
    $env:MONITORING_TOKEN = $env:POSTRY_EVIDENCE_KEY_FILE = $null
    Exit-Sandbox
}

Describe 'The monthly exercise' {
    It '1. finds the application well, and remembers the alerts of today' {
        $report = Invoke-PostrySmoke -Name health, posts, 'front end' -Deadline 60s
        "$($report.Status)" | Should -Be 'Passed' -Because ($report.Checks | Format-List | Out-String)
        $null = Backup-PostryDatabase -Database app -Label 'before the exercise'
        $report = Invoke-PostrySmoke -SaveBaseline (Join-Path $TestDrive 'alerts.json')
        "$($report.Status)" | Should -Be 'Passed' -Because ($report.Checks | Format-List | Out-String)
        (Invoke-PostrySmoke -Baseline (Join-Path $TestDrive 'alerts.json')).Checks | Should -HaveCount 6
    }

    It '2. drills with a fresh backup, and signs evidence for the auditor' {
        $keys = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'keys')
        $key = New-PostryEvidenceKey -Path $keys.FullName
        $env:POSTRY_EVIDENCE_KEY_FILE = $key.PrivateKeyFile
        $script:PublicKey = $key.PublicKeyFile
        $script:Drill = Invoke-PostryRestoreDrill -Database app -Note 'Monthly exercise.'
        "$($Drill.Status)" | Should -Be 'Passed' -Because ($Drill.Deviations -join "`n")
        ($Drill.Tables | Where-Object Name -EQ posts).RowsFound | Should -Be 200
        $Drill.Smoke.Name | Should -Contain 'statuses'
        "$($Drill.Rto.Status) $($Drill.Rpo.Status)" | Should -Be 'Met Met'
        $Drill.Remarks | Should -Be 'Monthly exercise.'
        Get-Content -LiteralPath ([System.IO.Path]::ChangeExtension($Drill.EvidenceFile, '.md')) -Raw | Should -BeLike '*posts*200*'
        # The application has not noticed anything.
        Get-State | Should -Be '200|Ada,Grace'
    }

    It '3. loses the data, and the smoke checks see it' {
        Invoke-Sql ./app.db 'DELETE FROM posts; DELETE FROM users'
        $report = Invoke-PostrySmoke -Baseline (Join-Path $TestDrive 'alerts.json') -Deadline 2s
        "$($report.Status)" | Should -Be 'Failed'
        ($report.Checks | Where-Object Name -EQ health).Actual | Should -BeLike '*500*'
        "$(($report.Checks | Where-Object Kind -EQ Monitoring).Status)" | Should -Be 'Failed'
    }

    It '4. restores, and the smoke checks accept it' {
        $restore = Restore-PostryDatabase -Database app -Latest -PreSwapSmoke statuses -Smoke '*' -SmokeDeadline 20s -Force
        "$($restore.Status)" | Should -Be 'Committed' -Because $restore.Detail
        ($restore.Checks | Where-Object Name -Like 'Smoke *').Count | Should -BeGreaterOrEqual 7
        Get-State | Should -Be '200|Ada,Grace'
        "$((Invoke-PostrySmoke -Baseline (Join-Path $TestDrive 'alerts.json')).Status)" | Should -Be 'Passed'
    }

    It '5. restores a wrong backup, and the smoke checks undo it' {
        Copy-Item -LiteralPath ./app.db -Destination ./other.db
        Invoke-Sql ./other.db 'DELETE FROM users'
        $wrong = Backup-PostryDatabase ./other.db -Database other -NoRuntime
        $failure = $null
        try { Restore-PostryDatabase -Id $wrong.Id -Path ./app.db -AllowDifferentSource -Smoke health -SmokeDeadline 2s -Force -ErrorAction Stop } catch { $failure = $_ }
        $failure.FullyQualifiedErrorId | Should -BeLike 'RestoreUndone,*'
        Get-State | Should -Be '200|Ada,Grace'
        "$((Invoke-PostrySmoke -Baseline (Join-Path $TestDrive 'alerts.json')).Status)" | Should -Be 'Passed'
        Remove-Item -Path ./other.db*
        Remove-PostryBackup -Id $wrong.Id -AllowLast -Confirm:$false | Out-Null
    }

    It '6. notes the corrective action, and shows that the database can be recovered' {
        $null = $Drill | Add-PostryRestoreDrillNote -Note 'The procedure now names the smoke checks.'
        $status = Get-PostryRecoveryStatus -Database app
        "$($status.Status)" | Should -Be 'Healthy' -Because ($status.Reasons | Format-List | Out-String)
        $status.LastProven.Id | Should -Be $Drill.Backup.Id
        "$($status.Rpo.Status) $($status.Rto.Status)" | Should -Be 'Met Met'
        (Get-PostryBackup -Id $Drill.Backup.Id).ProvenBy | Should -Be $Drill.DrillId
    }

    It '7. gives the evidence to the auditor, who checks it without the integrity key' {
        $mail = New-Item -ItemType Directory -Path (Join-Path $TestDrive 'mail')
        Copy-Item -Path (Join-Path (Split-Path -Parent $Drill.EvidenceFile) '*') -Destination $mail.FullName
        $file = Join-Path $mail.FullName (Split-Path -Leaf $Drill.EvidenceFile)
        $env:BACKUP_METADATA_HMAC_KEY = $env:POSTRY_EVIDENCE_KEY_FILE = $null
        $report = Test-PostryRestoreDrill -Path $file -PublicKey $PublicKey
        "$($report.Status)" | Should -Be 'Passed' -Because ($report.Checks | Format-List | Out-String)
        if (Get-Command -Name openssl -CommandType Application -ErrorAction Ignore) {
            & openssl dgst -sha256 -verify $PublicKey -signature "$file.sig" $file | Should -Be 'Verified OK'
        }

        $bytes = [System.IO.File]::ReadAllBytes($file)
        $at = [System.Text.Encoding]::UTF8.GetString($bytes).IndexOf('"rowsFound": 200') + '"rowsFound": '.Length
        $bytes[$at] = [byte][char]'9'
        [System.IO.File]::WriteAllBytes($file, $bytes)
        "$((Test-PostryRestoreDrill -Path $file -PublicKey $PublicKey).Status)" | Should -Be 'Failed'
    }
}
