using './main.bicep'

// The script writes these variables into the azd environment; azd writes the name of the image.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('RESOURCES_LOCATION')
param host = readEnvironmentVariable('VOICE_HOST', 'appservice')
param imageName = readEnvironmentVariable('SERVICE_APPSERVICE_IMAGE_NAME', 'mcr.microsoft.com/azuredocs/aci-helloworld:latest')
param model = readEnvironmentVariable('VOICE_LIVE_MODEL', 'gpt-realtime')
param voice = readEnvironmentVariable('VOICE_LIVE_VOICE', 'en-US-AvaNeural')
param instructions = readEnvironmentVariable('VOICE_LIVE_INSTRUCTIONS', 'You are a friendly voice assistant. Answer in one or two short sentences, as people do when they talk.')
param planSize = readEnvironmentVariable('PLAN_SIZE', 'B1')
param instances = int(readEnvironmentVariable('INSTANCES', '1'))
param sessionsPerInstance = int(readEnvironmentVariable('SESSIONS_PER_INSTANCE', '64'))
param allowedNetworks = readEnvironmentVariable('ALLOWED_NETWORKS', '')
param signInClientId = readEnvironmentVariable('SIGN_IN_CLIENT_ID', '')
