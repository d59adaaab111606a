# What a person types first, and what a script without error handling runs into.
BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')

    # Runs a script file as a CI job does: nobody to ask, and no error handling but PowerShell's own.
    function Invoke-ScriptFile {
        param([string] $Script)

        $file = Join-Path (Get-Location).ProviderPath 'job.ps1'
        Set-Content -LiteralPath $file -Value "Import-Module '$StagedModule'`n$Script`n'the script went on'"
        $command = @(Get-PowerShellCommand) + '-NoProfile', '-NonInteractive', '-File', $file
        $output = (& $command[0] @($command | Select-Object -Skip 1) 2>&1 | Out-String)
        [pscustomobject]@{ ExitCode = $LASTEXITCODE; Output = $output }
    }
}

Describe 'The natural first command' {
    BeforeEach {
        Enter-Sandbox
        $script:Set = Backup-PostryDatabase ./app.db -Label first-one
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
    }
    AfterEach { Exit-Sandbox }

    It 'asks for no object, and says what there is: <_>' -ForEach 'Restore-PostryDatabase ./app.db', 'Restore-PostryDatabase ./app.db -Force', 'Compare-PostryBackup ./app.db',
        'Test-PostryBackup', 'Remove-PostryBackup', 'Remove-PostryBackup -Force' {
        $state = Get-State
        $failure = { & ([scriptblock]::Create($_)) } | Should -Throw -ErrorId 'InvalidRequest,*' -PassThru
        $failure.Exception.Message | Should -BeLike "No backup is named. The newest in *$($Set.Id)  app, * ago), *, label first-one*"
        $failure.ErrorDetails.RecommendedAction | Should -BeLike "*-Id $($Set.Id)*-Latest*"
        Get-State | Should -Be $state
        Get-PostryBackup | Should -HaveCount 1
    }

    It 'lists five at most, newest first, and says where there is none' {
        foreach ($number in 2..7) { $null = Backup-PostryDatabase ./app.db -Label "number-$number" -AcceptSmaller }
        $failure = { Test-PostryBackup } | Should -Throw -ErrorId 'InvalidRequest,*' -PassThru
        [regex]::Matches($failure.Exception.Message, 'number-\d').Value | Should -Be (7..3 | ForEach-Object { "number-$_" })
        { Test-PostryBackup -BackupRoot ./nothing } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage '*none to choose from*'
        { Undo-PostryRestore } | Should -Throw -ErrorId 'InvalidRequest,*' -ExpectedMessage 'No restore is named*'
    }

    It 'takes an id where a path could stand' {
        (Compare-PostryBackup $Set.Id -Path ./app.db).BackupId | Should -Be $Set.Id
        (Test-PostryBackup $Set.Id).Id | Should -Be $Set.Id
        (Restore-PostryDatabase $Set.Id -Path ./app.db -Force).BackupId | Should -Be $Set.Id
        Get-State | Should -Be '200|Ada,Grace'
        $failure = { Restore-PostryDatabase $Set.Id -Force } | Should -Throw -ErrorId 'InvalidRequest,*' -PassThru
        $failure.ErrorDetails.RecommendedAction | Should -BeLike "*comes from *app.db*add -Path *app.db*"
    }

    It 'takes a file from the pipeline' {
        (Get-Item ./app.db | Restore-PostryDatabase -Latest -Force).Target | Should -Be (Convert-Path ./app.db)
        "$((Get-Item ./app.db | Compare-PostryBackup -Latest).Status)" | Should -Be 'Equal'
        "$((Get-Item ./app.db | Undo-PostryRestore -Latest -Force).Status)" | Should -Be 'Undone'
        Get-State | Should -Be '50|Ada,Grace'
        Add-SampleDatabase ./other.db
        { Get-Item ./app.db, ./other.db | Restore-PostryDatabase -Latest -Force } | Should -Throw -ErrorId 'InvalidRequest,*'
        Get-State | Should -Be '50|Ada,Grace'
        (Restore-PostryDatabase -Latest -LiteralPath ./app.db -Force).Target | Should -Be (Convert-Path ./app.db)
    }

    It 'undoes the newest restore of a database that is named instead of the restore' {
        $record = Restore-PostryDatabase -Latest -Path ./app.db -Force
        $failure = { Undo-PostryRestore } | Should -Throw -ErrorId 'InvalidRequest,*' -PassThru
        $failure.Exception.Message | Should -BeLike "*$($record.RestoreId)  *app.db, * ago), Committed*"
        (Undo-PostryRestore ./app.db -Force).RestoreId | Should -Be $record.RestoreId
        Get-State | Should -Be '50|Ada,Grace'
    }

    It 'lets a person choose, and takes nothing without an answer' {
        $null = Backup-PostryDatabase ./app.db -Label second -AcceptSmaller
        $asked = Invoke-WithHost '(Test-PostryBackup -Level Signature).Id' -Answer '2'
        $asked.Errors | Should -BeNullOrEmpty
        $asked.Output | Should -Be $Set.Id
        $asked.Questions[0] | Should -BeLike "Which backup is meant?*1  *second*2  $($Set.Id)*first-one*"
        $refused = Invoke-WithHost 'Test-PostryBackup' -Answer 'None'
        $refused.Errors.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $restored = Restore-PostryDatabase -Latest -Path ./app.db -Force
        $undone = Invoke-WithHost 'Complete-PostryRestore' -Answer '1'
        $undone.Questions[0] | Should -BeLike "Which restore is meant?*$($restored.RestoreId)*"
        (Invoke-WithHost 'Remove-PostryBackup' -Answer '1').Questions | Should -BeNullOrEmpty -Because 'what is to be removed is never offered'
        Get-PostryBackup | Should -HaveCount 2
    }
}

Describe 'A script that handles no errors' {
    BeforeEach {
        Enter-Sandbox
        $null = Backup-PostryDatabase ./app.db
    }
    AfterEach { Exit-Sandbox }

    It 'ends with an exit code when a command could not do what it was asked: <_>' -ForEach 'Backup-PostryDatabase ./nope.db', 'Restore-PostryDatabase -Latest -Path ./app.db',
        'Restore-PostryDatabase ./app.db', 'Get-PostryBackup nope', 'Get-PostryBackup -Latest -Database nope', 'Test-PostryBackup nope', 'Undo-PostryRestore nope -Force',
        'Backup-PostryDatabase ./nope.db, ./app.db', 'Remove-PostryBackup nope -Force', 'Get-PostryConfiguration nope' {
        $job = Invoke-ScriptFile $_
        $job.ExitCode | Should -Be 1
        $job.Output | Should -Not -BeLike '*the script went on*'
    }

    It 'goes on after one of several piped items' {
        $job = Invoke-ScriptFile "('./nope.db', './app.db' | Backup-PostryDatabase).Database"
        $job.Output | Should -BeLike '*no database at*app*the script went on*'
        $job.ExitCode | Should -Be 0
    }

    It 'goes on where it says so: <_>' -ForEach '-ErrorAction SilentlyContinue', '-ErrorAction Ignore', '-ErrorAction Continue' {
        (Invoke-ScriptFile "Restore-PostryDatabase -Latest -Path ./app.db $_").Output | Should -BeLike '*the script went on*'
        (Invoke-ScriptFile "Backup-PostryDatabase ./nope.db $_").Output | Should -BeLike '*the script went on*'
    }

    It 'can catch the error, with its id, its target and its next step' {
        $job = Invoke-ScriptFile @'
try { Backup-PostryDatabase ./nope.db } catch { "caught $($_.FullyQualifiedErrorId) $($_.CategoryInfo.Activity) $($_.TargetObject): $($_.ErrorDetails.RecommendedAction)" }
'@
        $job.Output | Should -BeLike 'caught SourceNotFound,Postry.Ops.Commands.BackupPostryDatabaseCommand Backup-PostryDatabase *nope.db: Check the path*the script went on*'
        $job.ExitCode | Should -Be 0
    }

    It 'is quiet with SilentlyContinue, and finds the error in -ErrorVariable: <_>' -ForEach 'Backup-PostryDatabase ./nope.db', 'Restore-PostryDatabase -Id nope -Path ./app.db -Force' {
        $job = Invoke-ScriptFile "$_ -ErrorAction SilentlyContinue -ErrorVariable problem; `"`$(`$problem.Count) `$(`$problem[0].GetType().Name) `$problem`""
        $job.Output | Should -Match '^1 ErrorRecord [^\r\n]*nope[^\r\n]*\r?\nthe script went on\s*$'
        (Invoke-ScriptFile "try { $_ -ErrorVariable problem } catch { `"`$(`$problem.Count) `$problem`" }").Output | Should -Match '^1 [^\r\n]*nope'
    }

    It 'gets true or false of a test' {
        Test-PostryBackup -Latest -Quiet | Should -BeExactly $true
        Add-Content -LiteralPath (Get-PostryBackup -Latest).BackupFile -Value 'x'
        Test-PostryBackup (Get-PostryBackup).Id -Quiet | Should -BeExactly $false
        (Invoke-ScriptFile 'if (-not (Test-PostryBackup (Get-PostryBackup).Id -Quiet)) { throw "The backup did not pass." }').ExitCode | Should -Be 1
    }
}
