# Dot-sourced: judges emitted objects by the published schema of results.
$script:Schema = Get-Content -Raw (Join-Path (Split-Path -Parent $StagedModule) 'schema/postry.results.schema.json') | ConvertFrom-Json -AsHashtable

# The names with a small first letter, as the console writes them and the schema has them. ConvertTo-Json writes a TimeSpan as an object.
function ConvertTo-SmallName {
    param($Value)

    if ($Value -is [System.Collections.IDictionary] -and $Value.Contains('Ticks')) { [System.Xml.XmlConvert]::ToString([timespan]::FromTicks($Value.Ticks)) }
    elseif ($Value -is [System.Collections.IDictionary]) {
        $result = [ordered]@{}
        foreach ($key in $Value.Keys) { $result[$key.Substring(0, 1).ToLowerInvariant() + $key.Substring(1)] = ConvertTo-SmallName $Value[$key] }
        $result
    }
    elseif ($Value -is [System.Collections.IList]) { , @($Value | ForEach-Object { ConvertTo-SmallName $_ }) }
    else { $Value }
}

function Get-Complaint {
    param([string] $Definition, $Object)

    $small = $Object -is [System.Collections.IDictionary] ? $Object : (ConvertTo-SmallName ($Object | ConvertTo-Json -Depth 8 | ConvertFrom-Json -AsHashtable -DateKind String))
    $one = @{ '$schema' = $Schema['$schema']; '$ref' = "#/definitions/$Definition"; definitions = $Schema.definitions }
    $null = Test-Json -Json ($small | ConvertTo-Json -Depth 20) -Schema ($one | ConvertTo-Json -Depth 20) -ErrorVariable problems -ErrorAction SilentlyContinue
    "$problems"
}
