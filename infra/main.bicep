// Everything but the container app itself, which is in container-app.bicep. Deployed by azd into one resource group.
targetScope = 'resourceGroup'

@description('The azd environment. It is part of every name, so two of them can share a group.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('Where the resources go. The group may be elsewhere, and stays where it is.')
param location string

@description('appservice: one App Service. containerapp: Azure Container Apps, which adds replicas with the load.')
@allowed([
  'appservice'
  'containerapp'
])
param host string = 'appservice'

@description('The image of the App Service. azd sets it; before the first build it is one that only says hello.')
param imageName string = 'mcr.microsoft.com/azuredocs/aci-helloworld:latest'

@description('A Voice Live model. deploy/azure/models.tsv says when each retires and which regions have it.')
@allowed([
  'azure-realtime'
  'gpt-5'
  'gpt-5-mini'
  'gpt-5-nano'
  'gpt-5.1'
  'gpt-5.2'
  'gpt-5.4'
  'gpt-5.6-luna'
  'gpt-5.6-terra'
  'gpt-realtime'
  'gpt-realtime-1.5'
  'gpt-realtime-2.1'
  'gpt-realtime-2.1-datazone'
  'gpt-realtime-2.1-mini'
  'gpt-realtime-mini'
  'phi4-mm-realtime'
])
param model string = 'gpt-realtime'

param voice string = 'en-US-AvaNeural'
param instructions string = 'You are a friendly voice assistant. Answer in one or two short sentences, as people do when they talk.'

@description('The size of the App Service plan. Container Apps has none.')
@allowed([
  'B1'
  'B2'
  'B3'
  'S1'
  'S2'
  'S3'
  'P0v3'
  'P1v3'
  'P2v3'
  'P3v3'
])
param planSize string = 'B1'

@description('App Service: how many instances run. Container Apps: how many may run.')
@minValue(1)
@maxValue(30)
param instances int = 1

@description('Conversations at once for each instance; the next one is told to try again.')
@minValue(1)
@maxValue(1000)
param sessionsPerInstance int = 64

@description('Networks that may open the page, comma separated, such as 203.0.113.0/24; empty: no restriction.')
param allowedNetworks string = ''

@description('The client id of an app registration; with it people must sign in. Empty: no sign-in.')
param signInClientId string = ''

var port = 8000
// The region is part of it because a resource cannot move: in the next region the same name would be a conflict.
var unique = toLower(uniqueString(subscription().id, resourceGroup().id, environmentName, location))
var tags = {
  'azd-env-name': environmentName
  application: 'openvoicelive'
}
var onAppService = host == 'appservice'
var pageAccess = empty(signInClientId) ? (empty(allowedNetworks) ? 'everyone' : 'networks') : 'sign-in'

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    name: 'id-voice-${unique}'
    location: location
    tags: tags
  }
}

module aiServices 'modules/ai-services.bicep' = {
  name: 'ai-services'
  params: {
    name: 'ai-voice-${unique}'
    location: location
    tags: tags
  }
}

module aiServicesRoles 'modules/ai-services-roles.bicep' = {
  name: 'ai-services-roles'
  params: {
    accountName: aiServices.outputs.name
    principalId: identity.outputs.principalId
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: {
    name: 'crvoice${unique}'
    location: location
    tags: tags
  }
}

module registryRoles 'modules/registry-roles.bicep' = {
  name: 'registry-roles'
  params: {
    registryName: registry.outputs.name
    principalId: identity.outputs.principalId
  }
}

module logAnalytics 'modules/log-analytics.bicep' = {
  name: 'log-analytics'
  params: {
    name: 'log-voice-${unique}'
    location: location
    tags: tags
  }
}

module applicationInsights 'modules/application-insights.bicep' = {
  name: 'application-insights'
  params: {
    name: 'appi-voice-${unique}'
    location: location
    tags: tags
    workspaceId: logAnalytics.outputs.id
  }
}

module applicationInsightsRoles 'modules/application-insights-roles.bicep' = {
  name: 'application-insights-roles'
  params: {
    componentName: applicationInsights.outputs.name
    principalId: identity.outputs.principalId
  }
}

module plan 'modules/plan.bicep' = if (onAppService) {
  name: 'plan'
  params: {
    name: 'plan-voice-${unique}'
    location: location
    tags: tags
    size: planSize
    instances: instances
  }
}

module webApp 'modules/web-app.bicep' = if (onAppService) {
  name: 'web-app'
  params: {
    name: 'app-voice-${unique}'
    location: location
    tags: tags
    planId: plan.outputs.id
    imageName: imageName
    identityName: identity.outputs.name
    applicationInsightsName: applicationInsights.outputs.name
    port: port
    endpoint: aiServices.outputs.endpoint
    model: model
    voice: voice
    instructions: instructions
    sessionsPerInstance: sessionsPerInstance
    pageAccess: pageAccess
    allowedNetworks: empty(allowedNetworks) ? [] : split(allowedNetworks, ',')
    signInClientId: signInClientId
  }
  dependsOn: [
    registryRoles
  ]
}

module containerAppsEnvironment 'modules/container-apps-environment.bicep' = if (!onAppService) {
  name: 'container-apps-environment'
  params: {
    name: 'cae-voice-${unique}'
    location: location
    tags: tags
  }
}

// azd keeps these in its environment: the script and container-app.bicepparam read them there. No secret is among them.
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.loginServer
output AZURE_VOICE_LIVE_ENDPOINT string = aiServices.outputs.endpoint
output AI_SERVICES_NAME string = aiServices.outputs.name
output APPLICATION_INSIGHTS_NAME string = applicationInsights.outputs.name
output IDENTITY_NAME string = identity.outputs.name
output HOST_NAME string = onAppService ? webApp.outputs.name : 'ca-voice-${unique}'
output SERVICE_URI string = onAppService ? webApp.outputs.uri : 'https://ca-voice-${unique}.${containerAppsEnvironment.outputs.domain}'
output CONTAINER_APPS_ENVIRONMENT_NAME string = onAppService ? '' : containerAppsEnvironment.outputs.name
output PAGE_ACCESS string = pageAccess
output APP_PORT int = port
