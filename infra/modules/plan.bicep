param name string
param location string
param tags object

@description('B1 to B3 hold 350 WebSockets an instance, S1 and up as many as fit.')
param size string

@minValue(1)
@maxValue(30)
param instances int

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'linux'
  sku: {
    name: size
    capacity: instances
  }
  properties: {
    reserved: true
  }
}

output id string = plan.id
