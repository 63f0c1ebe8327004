// Logs go to the log stream and telemetry to Application Insights. The destination log-analytics would need the
// workspace's shared key.
param name string
param location string
param tags object

resource managedEnvironment 'Microsoft.App/managedEnvironments@2026-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: {
      destination: 'azure-monitor'
    }
    workloadProfiles: [
      {
        name: 'Consumption'
        workloadProfileType: 'Consumption'
      }
    ]
  }
}

output name string = managedEnvironment.name
output domain string = managedEnvironment.properties.defaultDomain
