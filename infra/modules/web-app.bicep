// App Service exposes one port of a container: pages, REST and WebSocket share it.
param name string
param location string
param tags object
param planId string

@description('The image that runs now; azd keeps it in its environment, so that provisioning again does not change it.')
param imageName string

param identityName string
param applicationInsightsName string
param port int
param endpoint string
param model string
param voice string
param instructions string
param sessionsPerInstance int

@description('everyone, networks or sign-in: who lets people in. The app needs no access code of its own then.')
param pageAccess string

param allowedNetworks array
param signInClientId string

var restrictions = [for (network, index) in allowedNetworks: {
  name: 'allowed-${index}'
  ipAddress: network
  action: 'Allow'
  priority: 100 + index
}]

var signInWanted = !empty(signInClientId)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'appservice' })
  kind: 'app,linux,container'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: planId
    httpsOnly: true
    // One conversation is one socket: no instance knows anything that another would need.
    clientAffinityEnabled: false
    sshEnabled: false
    siteConfig: {
      linuxFxVersion: 'DOCKER|${imageName}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: identity.properties.clientId
      alwaysOn: true
      webSocketsEnabled: true
      http20Enabled: true
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      healthCheckPath: '/healthz'
      ipSecurityRestrictionsDefaultAction: empty(allowedNetworks) ? 'Allow' : 'Deny'
      ipSecurityRestrictions: restrictions
      appSettings: [
        { name: 'HOST', value: '0.0.0.0' }
        { name: 'PORT', value: string(port) }
        { name: 'WEBSITES_PORT', value: string(port) }
        { name: 'AZURE_CLIENT_ID', value: identity.properties.clientId }
        { name: 'AZURE_VOICE_LIVE_ENDPOINT', value: endpoint }
        { name: 'VOICE_LIVE_MODEL', value: model }
        { name: 'VOICE_LIVE_VOICE', value: voice }
        { name: 'VOICE_LIVE_INSTRUCTIONS', value: instructions }
        { name: 'VOICE_LIVE_MAX_SESSIONS', value: string(sessionsPerInstance) }
        { name: 'VOICE_LIVE_PAGE_ACCESS', value: pageAccess }
        // The platform's front end is the only way in, and writes its client's address last.
        { name: 'VOICE_LIVE_TRUSTED_PROXIES', value: '*' }
        { name: 'VOICE_LIVE_LOG_FORMAT', value: 'json' }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: component.properties.ConnectionString }
        // App Service waits so long for the container to end its conversations after SIGTERM.
        { name: 'WEBSITES_CONTAINER_STOP_TIME_LIMIT', value: '120' }
        // What sign-in shows to Entra instead of a client secret; see docs/deployment.md.
        { name: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID', value: identity.properties.clientId }
      ]
    }
  }
}

resource noPasswordForScm 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'scm'
  properties: {
    allow: false
  }
}

resource noPasswordForFtp 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: site
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource logs 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'logs'
  properties: {
    detailedErrorMessages: {
      enabled: true
    }
    failedRequestsTracing: {
      enabled: true
    }
    httpLogs: {
      fileSystem: {
        enabled: true
        retentionInDays: 7
        retentionInMb: 35
      }
    }
  }
}

// Always there, because a deployment takes nothing away that a template no longer names: without sign-in it says so.
resource signIn 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: signInWanted
    }
    globalValidation: {
      requireAuthentication: signInWanted
      unauthenticatedClientAction: signInWanted ? 'RedirectToLoginPage' : 'AllowAnonymous'
      redirectToProvider: 'azureactivedirectory'
      excludedPaths: [
        '/healthz'
      ]
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: signInWanted
        registration: {
          clientId: signInClientId
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
      }
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
}

output name string = site.name
output uri string = 'https://${site.properties.defaultHostName}'
