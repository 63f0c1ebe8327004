"""The dialect of Azure AI Voice Live."""
