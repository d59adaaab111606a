BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'Staged.ps1')
    $script:Analyzer = [bool](Get-Module -ListAvailable PSScriptAnalyzer)
    $manifest = Import-PowerShellDataFile -LiteralPath $env:POSTRY_STAGED_MODULE
    $script:Names = $manifest.CmdletsToExport
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Common.ps1')
    $script:Root = Split-Path -Parent (Split-Path -Parent $PSScriptRoot)
}

Describe 'The module' {
    It 'exports what its manifest says, and nothing else' {
        $manifest = Import-PowerShellDataFile -LiteralPath $StagedModule
        $module = Get-Module -Name Postry.Ops
        $module.ExportedCommands.Keys | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        $classes = [System.Reflection.Assembly]::LoadFrom((Join-Path (Split-Path -Parent $StagedModule) 'Postry.Ops.dll')).GetExportedTypes() |
            ForEach-Object { $_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) } | ForEach-Object { "$($_.VerbName)-$($_.NounName)" }
        $classes | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
    }

    It 'has the version of the build in both manifests' {
        $version = ([xml](Get-Content -Raw (Join-Path $Root 'Directory.Build.props'))).SelectSingleNode('//Version').InnerText
        (Test-ModuleManifest -Path $StagedModule).Version | Should -Be $version
        (Import-PowerShellDataFile (Join-Path $Root 'Postry.Ops.psd1')).ModuleVersion | Should -Be $version
        Split-Path -Leaf (Split-Path -Parent $StagedModule) | Should -Be $version
    }

    It 'has only its own files at its root' {
        (Get-ChildItem -LiteralPath (Split-Path -Parent $StagedModule)).Name | Sort-Object | Should -Be (@('en-US', 'engine', 'schema', 'Postry.Ops.dll', 'Postry.Ops.Format.ps1xml', 'Postry.Ops.psd1') | Sort-Object)
    }

    It 'does not load the engine at import' {
        # PowerShell compiles at its start, on a thread of its own, what an earlier start has recorded in its cache folder as used. A child
        # with an empty cache folder loads only what the import itself asks for.
        $before = $env:XDG_CACHE_HOME
        $env:XDG_CACHE_HOME = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'empty-cache')).FullName
        try {
            (Invoke-Pwsh '[AppDomain]::CurrentDomain.GetAssemblies().GetName().Name').Output | Should -Not -Match 'Postry\.Ops\.(Engine|Unattended)|SQLitePCL|Npgsql'
        }
        finally {
            $env:XDG_CACHE_HOME = $before
        }
    }

    It 'keeps its dependencies out of the default load context' {
        Enter-Sandbox
        try {
            $run = Invoke-Pwsh @'
$null = Backup-PostryDatabase ./app.db
"default: " + ([System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.GetName().Name -join ' ')
"private: " + (([System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'Postry.Ops').Assemblies.GetName().Name -join ' ')
'@
            $default, $private = $run.Output -split "`r?`n"
            $default | Should -Match ' Postry\.Ops( |$)'
            $default | Should -Not -Match 'Postry\.Ops\.Engine|SQLitePCLRaw|Npgsql|Microsoft\.Extensions\.Logging'
            $private | Should -Match 'Postry\.Ops\.Engine'
            $private | Should -Match 'SQLitePCLRaw\.core'
            $private | Should -Not -Match 'Postry\.Ops\.Unattended' -Because 'only jobs need it'
        }
        finally {
            Exit-Sandbox
        }
    }

    It 'keeps the driver of PostgreSQL out of the default load context' {
        $run = Invoke-Pwsh @'
try { Backup-PostryDatabase -DatabaseUrl 'Host=127.0.0.1;Port=1;Database=app;Username=app;Timeout=1' -ErrorAction Stop } catch { }
"default: " + ([System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.GetName().Name -join ' ')
"private: " + (([System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'Postry.Ops').Assemblies.GetName().Name -join ' ')
'@
        $default, $private = $run.Output -split "`r?`n"
        $default | Should -Not -Match 'Postry\.Ops\.Engine|SQLitePCLRaw|Npgsql|Microsoft\.Extensions\.(Logging|DependencyInjection)'
        $private | Should -Match 'Npgsql'
    }

    It 'names no type of the engine where PowerShell looks before the engine can be found' {
        $all = [System.Reflection.BindingFlags]'Public, NonPublic, Instance, Static, DeclaredOnly'
        $seen = foreach ($type in (Get-Command -Module Postry.Ops)[0].ImplementingType.Assembly.GetExportedTypes()) {
            @{ Of = "$type"; Types = @($type.BaseType) + $type.GetInterfaces() }
            foreach ($method in $type.GetMethods($all) + $type.GetConstructors($all) | Where-Object { $_.IsPublic -or $_.IsFamily -or $_.IsFamilyOrAssembly }) {
                @{ Of = "$type.$($method.Name)"; Types = @($method.GetParameters().ParameterType) + @($method.ReturnType) }
            }
        }
        $seen.Count | Should -BeGreaterThan 100
        $seen | Where-Object { $_.Types | Where-Object { "$_" -like '*Postry.Ops.Engine*' } } | ForEach-Object Of | Should -BeNullOrEmpty
    }

    It 'gives every error of the engine the id and the category of the table' {
        $null = Get-PostryBackup
        $engine = ([System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'Postry.Ops').Assemblies | Where-Object { $_.GetName().Name -eq 'Postry.Ops.Engine' }
        $base = $engine.GetType('Postry.Ops.Engine.Diagnostics.OpsException')
        $table = (Get-Command -Module Postry.Ops)[0].ImplementingType.Assembly.GetType('Postry.Ops.Errors.ErrorTable').GetMethod('ToRecord')
        $found = @{}
        foreach ($type in $engine.GetTypes() | Where-Object { $_.IsSubclassOf($base) -and -not $_.IsAbstract }) {
            $exception = $type.GetConstructors()[0].Invoke(@('target', 'problem', 'hint', $null))
            $record = $table.Invoke($null, @($exception, $null))
            $record.ErrorDetails.RecommendedAction | Should -Be 'hint'
            $found[$record.FullyQualifiedErrorId] = "$($record.CategoryInfo.Category)"
        }

        $expected = @{
            SourceNotFound = 'ObjectNotFound'; DestinationExists = 'ResourceExists'; DatabaseUnreachable = 'ConnectionError'; AuthenticationFailed = 'AuthenticationError'
            AccessDenied = 'PermissionDenied'; DatabaseBusy = 'ResourceBusy'; BackupCorrupt = 'InvalidData'; ManifestInvalid = 'InvalidData'; SignatureMismatch = 'SecurityError'
            WrongKey = 'SecurityError'; IntegrityKeyMissing = 'SecurityError'; WeakKey = 'SecurityError'; ConfirmationRequired = 'OperationStopped'; AmbiguousBackup = 'InvalidArgument'
            DifferentSource = 'InvalidArgument'; PoolerNotSupported = 'InvalidOperation'; ReplicationInTheWay = 'InvalidOperation'; ToolMissing = 'NotInstalled'
            ToolTooOld = 'NotInstalled'; ToolFailed = 'InvalidResult'; NotEnoughSpace = 'ResourceUnavailable'; RestoreUndone = 'InvalidResult'
            TrialNotPossible = 'NotInstalled'; RestoreRefused = 'InvalidOperation'; TargetPending = 'InvalidOperation'; InvalidRequest = 'InvalidArgument'
            NotADatabase = 'InvalidData'; RuntimeFileRefused = 'InvalidData'; ArchiveRefused = 'SecurityError'; ConfigurationInvalid = 'InvalidData'; DatabaseDamaged = 'InvalidData'; ModeNotSupported = 'NotInstalled'
            UsedUnderOtherName = 'InvalidOperation'; SuspiciousBackup = 'InvalidArgument'; ServerLimit = 'ResourceUnavailable'; ServerError = 'InvalidResult'; LastBackup = 'InvalidOperation'; BackupPinned = 'InvalidOperation'; DestinationUnreachable = 'ConnectionError'; CopyFailed = 'InvalidResult'; JobFailed = 'InvalidResult'
        }
        $found.Keys | Sort-Object | Should -Be ($expected.Keys | Sort-Object)
        foreach ($id in $expected.Keys) { $found[$id] | Should -Be $expected[$id] -Because $id }
    }

    It 'can be imported twice, removed, and imported again' {
        Enter-Sandbox
        try {
            $run = Invoke-Pwsh "Import-Module '$StagedModule'; Import-Module '$StagedModule' -Force; Remove-Module Postry.Ops; Import-Module '$StagedModule'; (Backup-PostryDatabase ./app.db).Database; Remove-Module Postry.Ops; Import-Module '$StagedModule'; (Get-PostryBackup).Database"
            $run.Errors | Should -BeNullOrEmpty
            $run.Output -split "`r?`n" | Should -Be 'app', 'app'
        }
        finally {
            Exit-Sandbox
        }
    }

    It 'works in several runspaces, also after one has removed it' {
        Enter-Sandbox
        try {
            $null = Backup-PostryDatabase ./app.db
            $run = Invoke-WithHost 'Remove-Module Postry.Ops; Get-Module Postry.Ops'
            $run.Errors | Should -BeNullOrEmpty
            (Get-PostryBackup).Database | Should -Be 'app'
            (1..3 | ForEach-Object -Parallel { Set-Location $using:PWD; Import-Module $using:StagedModule; (Get-PostryBackup).Database }) | Should -Be 'app', 'app', 'app'
        }
        finally {
            Exit-Sandbox
        }
    }

    It 'shows no engine type before the engine can be found: commands, syntax and help work without it' {
        $bare = Join-Path $TestDrive 'bare'
        Copy-Item -Recurse (Split-Path -Parent $StagedModule) $bare
        Remove-Item -Recurse (Join-Path $bare 'engine')
        $run = Invoke-Pwsh "Remove-Module Postry.Ops; Import-Module '$bare/Postry.Ops.psd1'; (Get-Command -Module Postry.Ops).ParameterSets.Count; (Get-Command -Module Postry.Ops -Syntax).Count; (Get-Help Test-PostryBackup -Full).Name"
        $run.Errors | Should -BeNullOrEmpty
        $run.Output | Should -Match 'Test-PostryBackup$'
    }

    It 'says in one sentence to build where nothing was built' {
        $checkout = New-Item -ItemType Directory (Join-Path $TestDrive 'checkout')
        'Postry.Ops.psd1', 'Postry.Ops.psm1', 'Directory.Build.props' | ForEach-Object { Copy-Item (Join-Path $Root $_) $checkout }
        { Import-Module (Join-Path $checkout 'Postry.Ops.psd1') } | Should -Throw -ExpectedMessage '*run ./build.ps1*'
    }

    It 'imports from a checkout that was built, with its help' {
        $checkout = New-Item -ItemType Directory (Join-Path $TestDrive 'built/out/Postry.Ops')
        Copy-Item -Recurse (Split-Path -Parent $StagedModule) $checkout
        $folder = Join-Path $TestDrive 'built'
        'Postry.Ops.psd1', 'Postry.Ops.psm1', 'Directory.Build.props' | ForEach-Object { Copy-Item (Join-Path $Root $_) $folder }
        $run = Invoke-Pwsh "Remove-Module Postry.Ops; Import-Module '$folder/Postry.Ops.psd1'; (Get-Command -Module Postry.Ops).Count; (Get-Help Test-PostryBackup).Synopsis"
        $run.Output -split "`r?`n" | Should -Be "$((Import-PowerShellDataFile $StagedModule).CmdletsToExport.Count)", (Get-Help Test-PostryBackup).Synopsis
    }

    It 'can be built again while a session has it imported, which goes on working' {
        $out = Join-Path $TestDrive 'again'
        # This process has the staged module loaded, and .NET loads no second assembly of that name from another build.
        $build = @{ OutputPath = $out; Configuration = $env:POSTRY_STAGED_CONFIGURATION ?? 'Release'; NoRestore = $true }
        $built = & (Join-Path $Root 'build.ps1') @build
        $shell = [powershell]::Create()
        Enter-Sandbox
        try {
            $null = $shell.AddScript("Set-Location -LiteralPath '$((Get-Location).ProviderPath)'; Import-Module '$(Join-Path $built.FullName 'Postry.Ops.psd1')'").Invoke()
            (& (Join-Path $Root 'build.ps1') @build).FullName | Should -Be $built.FullName
            $shell.Commands.Clear()
            $shell.AddScript('(Backup-PostryDatabase ./app.db).Database').Invoke() | Should -Be 'app'
            (Get-ChildItem -Force $out).Name | Should -Be 'Postry.Ops'
        }
        finally {
            $shell.Dispose()
            Exit-Sandbox
        }
    }

    # PSScriptAnalyzer is no package that a build could restore: where somebody has installed it, it is asked.
    if ($Analyzer) {
        It 'has scripts that PSScriptAnalyzer has nothing to say about' {
            $scripts = @('build.ps1', 'Postry.Ops.psd1', 'Postry.Ops.psm1' | ForEach-Object { Join-Path $Root $_ }) +
                @((Get-ChildItem (Join-Path $Root 'src/Postry.Ops/Help'), $PSScriptRoot -Recurse -Include *.ps1, *.psd1).FullName) + $StagedModule
            $findings = foreach ($script in $scripts) {
                # Its rules run in parallel over what they share, and now and then one of them breaks (PSScriptAnalyzer issue 1538). A broken rule has said nothing: it is run again.
                foreach ($attempt in 1..5) {
                    try {
                        Invoke-ScriptAnalyzer -Path $script -Settings (Join-Path $PSScriptRoot 'PSScriptAnalyzerSettings.psd1') -ErrorAction Stop
                        break
                    }
                    catch {
                        if ($attempt -eq 5) { throw }
                    }
                }
            }
            $findings | ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName) $($_.Message)" } | Should -BeNullOrEmpty
        }
    }
}

Describe 'Every command' {
    It '<_> takes -RepoRoot and -BackupRoot, and supports what its verb promises' -ForEach $Names {
        $command = Get-Command $_
        # A conversion works on objects alone.
        foreach ($root in 'RepoRoot', 'BackupRoot') { $command.Parameters.ContainsKey($root) | Should -Be ($command.Verb -ne 'ConvertTo') }
        if ($command.Verb -notin 'Get', 'Test', 'Compare', 'ConvertTo') { $command.Parameters.Keys | Should -Contain 'WhatIf' }
        $command.OutputType | Should -Not -BeNullOrEmpty
    }
}
