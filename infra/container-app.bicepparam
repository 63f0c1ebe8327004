using './container-app.bicep'

// The upper half are the outputs of main.bicep, which azd keeps in its environment.
param name = readEnvironmentVariable('HOST_NAME')
param environmentName = readEnvironmentVariable('CONTAINER_APPS_ENVIRONMENT_NAME')
param identityName = readEnvironmentVariable('IDENTITY_NAME')
param applicationInsightsName = readEnvironmentVariable('APPLICATION_INSIGHTS_NAME')
param registryServer = readEnvironmentVariable('AZURE_CONTAINER_REGISTRY_ENDPOINT')
param endpoint = readEnvironmentVariable('AZURE_VOICE_LIVE_ENDPOINT')
param pageAccess = readEnvironmentVariable('PAGE_ACCESS')
param port = int(readEnvironmentVariable('APP_PORT'))

param imageName = readEnvironmentVariable('SERVICE_CONTAINERAPP_IMAGE_NAME')
param location = readEnvironmentVariable('RESOURCES_LOCATION')
param tags = {
  'azd-env-name': readEnvironmentVariable('AZURE_ENV_NAME')
  application: 'openvoicelive'
}
param model = readEnvironmentVariable('VOICE_LIVE_MODEL', 'gpt-realtime')
param voice = readEnvironmentVariable('VOICE_LIVE_VOICE', 'en-US-AvaNeural')
param instructions = readEnvironmentVariable('VOICE_LIVE_INSTRUCTIONS', 'You are a friendly voice assistant. Answer in one or two short sentences, as people do when they talk.')
param instances = int(readEnvironmentVariable('INSTANCES', '1'))
param sessionsPerInstance = int(readEnvironmentVariable('SESSIONS_PER_INSTANCE', '64'))
param allowedNetworks = readEnvironmentVariable('ALLOWED_NETWORKS', '')
param signInClientId = readEnvironmentVariable('SIGN_IN_CLIENT_ID', '')
