BeforeAll { . (Join-Path $PSScriptRoot 'Common.ps1') }

Describe 'Consent to <Command>' -ForEach @(
    @{ Command = 'Restore-PostryDatabase -Latest -Path ./app.db'; Plan = 'Postry.Ops.Engine.Model.RestorePlan' }
    @{ Command = 'Undo-PostryRestore -Latest -Path ./app.db'; Plan = 'Postry.Ops.Engine.Model.UndoPlan' }
    @{ Command = 'Remove-PostryPreviousCopy -OlderThan 0s'; Plan = 'Postry.Ops.Engine.Model.PreviousCopy' }
) {
    BeforeEach {
        Enter-Sandbox
        $null = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
        $null = Restore-PostryDatabase -Latest -Path ./app.db -Force
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 100'

        # Everything that any of the commands could change.
        function Get-Everything { "$(Get-State); $((Get-PostryRestore | ForEach-Object { "$($_.RestoreId) $($_.Status)" }) -join ', '); $((Get-PostryPreviousCopy).Path -join ', ')" }
        $script:Before = Get-Everything
    }
    AfterEach { Exit-Sandbox }

    It 'is required where nobody can be asked: <Name>' -ForEach @(
        @{ Name = 'pwsh -NonInteractive'; Switches = @('-NonInteractive'); InputText = ''; Preamble = '' }
        @{ Name = 'echo y |'; Switches = @(); InputText = "y`n"; Preamble = '' }
        @{ Name = 'end of input, with an inherited ConfirmPreference'; Switches = @(); InputText = ''; Preamble = '$ConfirmPreference = "None"; ' }
    ) {
        $run = Invoke-Pwsh "$Preamble try { $Command } catch { `$_.FullyQualifiedErrorId; `$_.CategoryInfo.Category; `$_.ErrorDetails.RecommendedAction }" -InputText $InputText -Switches $Switches
        $run.Output | Should -Match '^ConfirmationRequired,'
        $run.Output | Should -Match 'OperationStopped'
        $run.Output | Should -Match '-Force'
        Get-Everything | Should -Be $Before
    }

    It 'is required in a hosted session without a user' {
        $shell = [powershell]::Create()
        $null = $shell.AddScript("Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$script:StagedModule'; $Command")
        $failure = { $shell.Invoke() } | Should -Throw -PassThru
        $failure.Exception.InnerException.ErrorRecord.FullyQualifiedErrorId | Should -BeLike 'ConfirmationRequired,*'
        $shell.Dispose()
        Get-Everything | Should -Be $Before
    }

    It 'is given by <_>' -ForEach '-Force', '-Confirm:$false' {
        $run = Invoke-WithHost "$Command $_"
        $run.Errors | Should -BeNullOrEmpty
        $run.Questions | Should -BeNullOrEmpty
        Get-Everything | Should -Not -Be $Before
    }

    It 'is given by RESTORE_ALLOW_NONINTERACTIVE=1 and by no other value' {
        $run = Invoke-Pwsh "`$env:RESTORE_ALLOW_NONINTERACTIVE = '0'; $Command" -Switches '-NonInteractive'
        $run.ExitCode | Should -Be 1
        Get-Everything | Should -Be $Before
        $run = Invoke-Pwsh "`$env:RESTORE_ALLOW_NONINTERACTIVE = '1'; $Command" -Switches '-NonInteractive'
        $run.ExitCode | Should -Be 0 -Because $run.Errors
        Get-Everything | Should -Not -Be $Before
    }

    It 'is asked for with the plan, and No leaves everything as it is: <Name>' -ForEach @(
        @{ Name = 'plainly'; Script = '{0}' }
        @{ Name = 'with $ConfirmPreference None set by the session'; Script = '$ConfirmPreference = "None"; {0}' }
        @{ Name = 'with $ConfirmPreference None inherited from a function'; Script = 'function Deploy {{ [CmdletBinding(SupportsShouldProcess)] param() {0} }}; Deploy -Confirm:$false' }
        @{ Name = 'with -Force -Confirm'; Script = '{0} -Force -Confirm' }
        @{ Name = 'with -Confirm'; Script = '{0} -Confirm' }
    ) {
        $run = Invoke-WithHost ($Script -f $Command) -Answer N
        $run.Questions.Count | Should -BeGreaterOrEqual 1
        $run.Questions[0] | Should -BeLike '*app.db*'
        $run.Output | Should -BeNullOrEmpty
        Get-Everything | Should -Be $Before
    }

    It 'is not given by pressing Enter' {
        $run = Invoke-WithHost $Command -Answer Default
        $run.Questions.Count | Should -BeGreaterOrEqual 1
        $run.Output | Should -BeNullOrEmpty
        Get-Everything | Should -Be $Before
    }

    It 'is given by Yes' {
        $run = Invoke-WithHost $Command -Answer Y
        $run.Questions.Count | Should -BeGreaterOrEqual 1
        $run.Output.Count | Should -BeGreaterOrEqual 1
        Get-Everything | Should -Not -Be $Before
    }

    It 'is not needed for -WhatIf, which returns the plan and touches nothing: <_>' -ForEach '{0} -WhatIf', '{0} -WhatIf -Force', '$WhatIfPreference = $true; {0}' {
        $run = Invoke-WithHost ($_ -f $Command)
        $run.Errors | Should -BeNullOrEmpty
        $run.Questions | Should -BeNullOrEmpty
        $run.Output[0].PSTypeNames[0] | Should -Be $Plan
        $run.Text | Should -BeLike '*What if: *'
        Get-Everything | Should -Be $Before
        (Invoke-Pwsh "`$null = $($_ -f $Command)" -Switches '-NonInteractive').ExitCode | Should -Be 0
    }
}

Describe 'Consent at a terminal' {
    BeforeEach {
        Enter-Sandbox
        $null = Backup-PostryDatabase ./app.db
        Invoke-Sql ./app.db 'DELETE FROM posts WHERE id > 50'
        $script:Bad = Get-State

        # script(1) gives the command a terminal of its own. What a terminal answers by itself, where its cursor is, and what a
        # person types at the question, both come from here.
        function Invoke-AtTerminal {
            param([string] $Script, [string] $Typed)

            Set-Content -LiteralPath ./session.ps1 -Value "Import-Module '$StagedModule'; $Script"
            $start = [System.Diagnostics.ProcessStartInfo]::new('script', [string[]]@('-qec', "$((Get-PowerShellCommand | ForEach-Object { "'$_'" }) -join ' ') -NoProfile -File ./session.ps1", '/dev/null'))
            $start.WorkingDirectory = (Get-Location).ProviderPath
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
            $process = [System.Diagnostics.Process]::Start($start)
            $output = ''
            $answered = 0
            $buffer = [char[]]::new(4096)
            while (($count = $process.StandardOutput.Read($buffer, 0, $buffer.Length)) -gt 0) {
                $output += [string]::new($buffer, 0, $count)
                for ($asked = [regex]::Matches($output, '\e\[6n').Count; $answered -lt $asked; $answered++) { $process.StandardInput.Write("`e[1;1R") }
                if ($Typed -and $output -like '*(default is "N")*') {
                    $process.StandardInput.Write($Typed)
                    $Typed = ''
                }
                $process.StandardInput.Flush()
            }
            $process.WaitForExit()
            $process.StandardInput.Close()
            $output
        }
    }
    AfterEach { Exit-Sandbox }

    It 'is asked for, and an inherited preference does not answer' -Skip:(-not $IsLinux) {
        Invoke-AtTerminal '$ConfirmPreference = "None"; Restore-PostryDatabase -Latest -Path ./app.db' "n`n" | Should -BeLike '*Restore a database*Yes*No*'
        Get-State | Should -Be $Bad
        $null = Invoke-AtTerminal 'Restore-PostryDatabase -Latest -Path ./app.db' "y`n"
        Get-State | Should -Be '200|Ada,Grace'
    }
}
