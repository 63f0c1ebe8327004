// The second host. azd deploys this after it has built the image ("module" in azure.yaml), so that image, probes and
// settings become one revision; there is never a placeholder that cannot answer the probes.
param name string
param location string
param tags object
param environmentName string
param identityName string
param applicationInsightsName string
param registryServer string
param imageName string
param endpoint string
param model string
param voice string
param instructions string
param pageAccess string

@description('Comma separated, such as 203.0.113.0/24,198.51.100.7/32; empty: everyone.')
param allowedNetworks string

param signInClientId string
param port int

@minValue(1)
@maxValue(1000)
param sessionsPerInstance int

@minValue(1)
@maxValue(30)
param instances int

var networks = empty(allowedNetworks) ? [] : split(allowedNetworks, ',')
var restrictions = [for (network, index) in networks: {
  name: 'allowed-${index}'
  ipAddressRange: network
  action: 'Allow'
}]
// A new replica is started while the ones that run still have a quarter of their places.
var sessionsThatScale = max(1, sessionsPerInstance * 3 / 4)
// Container Apps ends a revision or a replica with SIGTERM and then waits so long for its conversations to end.
var drainSeconds = 120

var signInWanted = !empty(signInClientId)

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

resource managedEnvironment 'Microsoft.App/managedEnvironments@2026-01-01' existing = {
  name: environmentName
}

resource app 'Microsoft.App/containerApps@2026-01-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'containerapp' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    environmentId: managedEnvironment.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        targetPort: port
        transport: 'auto'
        allowInsecure: false
        ipSecurityRestrictions: restrictions
      }
      registries: [
        {
          server: registryServer
          identity: identity.id
        }
      ]
      // Not a secret, but sign-in reads the identity's client id from here; see docs/deployment.md.
      secrets: [
        {
          name: 'override-use-mi-fic-assertion-client-id'
          value: identity.properties.clientId
        }
      ]
    }
    template: {
      terminationGracePeriodSeconds: drainSeconds
      containers: [
        {
          name: 'openvoicelive'
          image: imageName
          resources: {
            cpu: 1
            memory: '2Gi'
          }
          env: [
            { name: 'HOST', value: '0.0.0.0' }
            { name: 'PORT', value: string(port) }
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
          ]
          probes: [
            {
              type: 'Startup'
              httpGet: {
                path: '/healthz'
                port: port
              }
              // A minute, in at most ten tries.
              periodSeconds: 6
              failureThreshold: 10
            }
            {
              type: 'Readiness'
              httpGet: {
                path: '/healthz'
                port: port
              }
              periodSeconds: 5
              timeoutSeconds: 3
              failureThreshold: 3
            }
            // A socket that accepts is alive. Not being ready, for instance while draining, is no reason to be killed.
            {
              type: 'Liveness'
              tcpSocket: {
                port: port
              }
              periodSeconds: 10
              failureThreshold: 6
            }
          ]
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: instances
        cooldownPeriod: 300
        rules: [
          {
            name: 'sessions'
            // A WebSocket counts as one request for as long as it is open.
            http: {
              metadata: {
                concurrentRequests: string(sessionsThatScale)
              }
            }
          }
        ]
      }
    }
  }
}

// Always there, because a deployment takes nothing away that a template no longer names: without sign-in it says so.
resource signIn 'Microsoft.App/containerApps/authConfigs@2026-01-01' = {
  parent: app
  name: 'current'
  properties: {
    platform: {
      enabled: signInWanted
    }
    globalValidation: {
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
          clientSecretSettingName: 'override-use-mi-fic-assertion-client-id'
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
      }
    }
  }
}

output SERVICE_URI string = 'https://${app.properties.configuration.ingress.fqdn}'
