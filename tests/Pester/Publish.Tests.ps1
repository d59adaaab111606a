# The module as a package: published, installed and imported by its name, as from any repository.
BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')

    # Runs a script in a pwsh whose user has nothing yet: no repositories, no modules, no profile. The module under test is not imported.
    function Invoke-NewUser {
        param([string] $Script)

        $before = $env:HOME, $env:XDG_DATA_HOME, $env:PSModulePath
        $env:HOME = $UserHome
        $env:XDG_DATA_HOME = $env:PSModulePath = $null
        try {
            $command = @(Get-PowerShellCommand) + '-NoProfile', '-NonInteractive', '-Command', "`$ErrorActionPreference = 'Stop'; $Script"
            $output = & $command[0] @($command | Select-Object -Skip 1) 2>&1 | Out-String
            $LASTEXITCODE | Should -Be 0 -Because $output
            $output.Trim()
        }
        finally {
            $env:HOME, $env:XDG_DATA_HOME, $env:PSModulePath = $before
        }
    }
}

Describe 'The package' -Skip:$IsWindows {
    BeforeAll {
        $script:UserHome = (New-Item -ItemType Directory (Join-Path $TestDrive 'home')).FullName
        $script:Repository = (New-Item -ItemType Directory (Join-Path $TestDrive 'repository')).FullName
        Enter-Sandbox
    }
    AfterAll { Exit-Sandbox }

    It 'can be published, installed and imported by its name, and makes a backup' {
        $null = Invoke-NewUser "Register-PSResourceRepository -Name scratch -Uri '$Repository' -Trusted; Publish-PSResource -Path '$(Split-Path -Parent $StagedModule)' -Repository scratch"
        Get-ChildItem $Repository -Filter 'Postry.Ops.*.nupkg' | Should -HaveCount 1
        $found = Invoke-NewUser 'Find-PSResource -Name Postry.Ops -Repository scratch | ForEach-Object { "$($_.Version) $($_.ReleaseNotes)" }'
        $manifest = Import-PowerShellDataFile $StagedModule
        $found -replace '\s+', ' ' | Should -Be "$($manifest.ModuleVersion) $($manifest.PrivateData.PSData.ReleaseNotes)"

        $null = Invoke-NewUser 'Install-PSResource -Name Postry.Ops -Repository scratch'
        $set = Invoke-NewUser 'Import-Module Postry.Ops; $set = Backup-PostryDatabase ./app.db; "$($set.Id) $((Get-Module Postry.Ops).ModuleBase)"'
        $id, $base = $set -split ' ', 2
        $base | Should -BeLike "$UserHome/*/Postry.Ops/$($manifest.ModuleVersion)"
        (Test-PostryBackup $id -Level Contents -Quiet) | Should -BeTrue
        # Without an import, too: PowerShell finds a command's module by its manifest, and the topics by their files.
        Invoke-NewUser '(Get-PostryBackup).Id' | Should -Be $id
        Invoke-NewUser 'Get-Help about_Postry.Ops_Errors' | Should -BeLike 'TOPIC*RestoreUndone*'
        (Get-ChildItem -Recurse -File $base).Name | Sort-Object | Should -Be ((Get-ChildItem -Recurse -File (Split-Path -Parent $StagedModule)).Name + 'PSGetModuleInfo.xml' | Sort-Object)
    }
}
