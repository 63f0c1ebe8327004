// Voice Live is a part of AI Services and brings its own models: nothing is deployed into the account.
// Keys are switched off, so only a principal with a role can connect; that needs the custom subdomain.
param name string
param location string
param tags object

resource account 'Microsoft.CognitiveServices/accounts@2026-07-01' = {
  name: name
  location: location
  tags: tags
  kind: 'AIServices'
  sku: {
    name: 'S0'
  }
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    customSubDomainName: name
    disableLocalAuth: true
    publicNetworkAccess: 'Enabled'
  }
}

output name string = account.name
output endpoint string = 'https://${account.properties.customSubDomainName}.services.ai.azure.com'
