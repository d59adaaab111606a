@{
    Synopsis    = 'Lists the copies of databases that restores and undos have replaced and kept, oldest first.'
    Description = @('Each copy is a whole database. They take space, which a restore counts before it starts; Remove-PostryPreviousCopy takes old ones away.')
    Inputs      = 'None'
    Outputs     = 'Postry.Ops.Engine.Restoring.PreviousCopy'
    Parameters  = @{ Path = 'Only copies of this database, taken exactly as written.' }
    Examples    = @(
        @{ Code = 'Get-PostryPreviousCopy'; Text = 'Lists every copy with its size.' }
        @{ Code = 'Get-PostryPreviousCopy ./app.db | Measure-Object SizeBytes -Sum'; Text = 'Adds up what the copies of one database take.' }
    )
}
