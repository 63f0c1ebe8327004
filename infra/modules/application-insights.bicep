// With local authentication off, the connection string is an address and not a credential: who sends telemetry
// needs a token and the role Monitoring Metrics Publisher.
param name string
param location string
param tags object
param workspaceId string

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

output name string = component.name
